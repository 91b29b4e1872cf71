using System.Net;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>What a gateway that is asked to stop still does.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task Requests_in_progress_are_answered_and_recorded_and_their_events_sent()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var (asked, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        gateway.Inference.Answer = async (request, response) =>
        {
            asked.TrySetResult();
            await go.Task;
            await InferenceStandIn.AnswerAsync(request, response);
        };
        var answering = gateway.PostAsync(RunningGateway.Request([.. Enumerable.Range(0, 1_000).Select(row => (double)row)]));
        await asked.Task.WithinAsync("the request at the model");

        var stopping = gateway.Host.App.StopAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync("new connections to be refused", async () =>
        {
            using var client = new HttpClient { BaseAddress = gateway.Host.Address };
            return await Record.ExceptionAsync(() => client.GetAsync("/health/live", TestContext.Current.CancellationToken)) is HttpRequestException;
        });
        go.SetResult();
        var (response, _) = await answering;
        await stopping;

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal((1_000, 1_000), ((await gateway.AuditAsync()).Length, (await gateway.EventsAsync(1_000)).Length));
    }

    [Fact]
    public async Task A_gateway_that_gets_SIGTERM_is_not_ready_while_it_still_answers_and_then_ends_well()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.StopHostAsync();
        await using var process = await GatewayProcess.StartAsync([.. gateway.Settings, ("Health:StopGrace", "00:00:03")]);
        Assert.Equal(HttpStatusCode.OK, (await process.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken)).StatusCode);

        var ended = process.TerminateAsync();
        await Eventually.TrueAsync("readiness to end", async () => (await process.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken)).StatusCode == HttpStatusCode.ServiceUnavailable);
        var (response, _) = await RunningGateway.PostAsync(process.Client, RunningGateway.Request(700));

        Assert.Equal((HttpStatusCode.OK, 0), (response.StatusCode, await ended.WithinAsync("the process to end")));
        Assert.Single(await gateway.AuditAsync());
    }
}
