using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Limits;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Limits;

public sealed class AdmissionTests
{
    [Fact]
    public async Task Under_overload_what_is_admitted_is_answered_soon_and_the_rest_is_429_before_anything_is_done_for_it()
    {
        await using var gateway = await RunningGateway.StartAsync(null, ("Limits:MinConcurrency", "2"), ("Limits:AcceptableLatency", "00:00:00.001"));
        using var metrics = new RecordedMetrics(gateway.Host.Services.GetRequiredService<IMeterFactory>());
        using var processors = new SemaphoreSlim(2);
        gateway.Inference.Answer = async (asked, response) =>
        {
            await processors.WaitAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(20)); // what the model takes
            processors.Release();
            await InferenceStandIn.AnswerAsync(asked, response);
        };
        using var over = new CancellationTokenSource();

        // 100 callers of a model that answers 100 requests a second: with all of them in progress each would take a second.
        var callers = Enumerable.Range(0, 100).Select(_ => CallAsync(gateway, over.Token)).ToArray();
        await Eventually.TrueAsync("the limit to fall below 20", () => LimitOf(metrics) < 20);
        using var alive = await gateway.Client.GetAsync("/health/live", TestContext.Current.CancellationToken);
        using var models = await gateway.Client.GetAsync("/v1/models", TestContext.Current.CancellationToken);
        await over.CancelAsync();
        var statuses = (await Task.WhenAll(callers)).SelectMany(each => each).ToList();

        var answered = statuses.Count(status => status == HttpStatusCode.OK);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.TooManyRequests], statuses.Distinct().Order());
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (alive.StatusCode, models.StatusCode));
        Assert.Equal((answered, answered), (gateway.Features.Requests.Count, (await gateway.AuditAsync()).Length));
        Assert.Equal(statuses.Count - answered, metrics.Sum("ml.admission.refused", ("ml.model.name", "flight-delay")));
        metrics.Observe();
        Assert.Equal(0, metrics.Of("ml.admission.in_progress").Last().Value);
    }

    [Fact]
    public async Task A_refusal_has_the_code_overloaded_and_says_when_to_come_again()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var admission = gateway.Host.Services.GetRequiredService<Admission>();
        var places = Enumerable.Range(0, 512).Select(_ => admission.Enter("flight-delay")).ToList();

        var (refused, body) = await gateway.PostAsync(RunningGateway.Request(1));
        var (unknown, _) = await gateway.PostAsync(RunningGateway.Request(1), "/v1/models/other/predict"); // has its own limit
        places.ForEach(place => place.Dispose());
        var (after, _) = await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal((HttpStatusCode.TooManyRequests, "overloaded", TimeSpan.FromSeconds(1)), (refused.StatusCode, (string?)body["code"], refused.Headers.RetryAfter?.Delta));
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), (unknown.StatusCode, after.StatusCode));
    }

    private static double LimitOf(RecordedMetrics metrics)
    {
        metrics.Observe();
        return metrics.Of("ml.admission.limit").LastOrDefault()?.Value ?? double.PositiveInfinity;
    }

    private static async Task<List<HttpStatusCode>> CallAsync(RunningGateway gateway, CancellationToken over)
    {
        var statuses = new List<HttpStatusCode>();
        while (!over.IsCancellationRequested)
        {
            var (response, _) = await gateway.PostAsync(RunningGateway.Request(1));
            statuses.Add(response.StatusCode);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None); // a patient caller; the loop would burn the machine otherwise
            }
        }

        return statuses;
    }
}
