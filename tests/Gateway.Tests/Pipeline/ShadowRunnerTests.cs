using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Pipeline;

public sealed class ShadowRunnerTests
{
    private const string Key = "operator-0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task What_is_more_than_the_rows_that_may_wait_is_dropped_and_counted()
    {
        await using var gateway = await RunningGateway.StartAsync(
            null, ("Pipeline:MaxRows", "2"), ("Pipeline:ShadowRows", "3"), ("Access:Keys:operator:Secret", Key), ("Access:Keys:operator:Scopes", "admin"));
        var (asked, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Inference.Answer = async (request, response) =>
        {
            if (request.Path.Contains("/versions/2/infer", StringComparison.Ordinal))
            {
                asked.TrySetResult();
                await go.Task;
            }

            await InferenceStandIn.AnswerAsync(request, response);
        };
        using var plan = new HttpRequestMessage(HttpMethod.Put, "/v1/models/flight-delay/route") { Content = new StringContent("""{"aliases":{"champion":"1"},"shadow":"2"}""", Encoding.UTF8, "application/json") };
        plan.Headers.Add("x-api-key", Key);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.SendAsync(plan, TestContext.Current.CancellationToken)).StatusCode);
        using var metrics = new RecordedMetrics(gateway.Host.Services.GetRequiredService<IMeterFactory>());

        await gateway.PostAsync(RunningGateway.Request(1, 2)); // is asked, and waits no more
        await asked.Task.WithinAsync("the shadow to be asked");
        await gateway.PostAsync(RunningGateway.Request(1, 2)); // 2 rows wait
        await gateway.PostAsync(RunningGateway.Request(1, 2)); // 4 would
        await gateway.PostAsync(RunningGateway.Request(1)); // 3 do
        go.SetResult();

        Assert.Equal(2, metrics.Sum("ml.prediction.events.dropped", ("reason", "shadow_full")));
        Assert.Equal(5, (await gateway.EventsAsync(7 + 5)).Count(each => (string?)each["arm"] == "shadow"));
    }
}
