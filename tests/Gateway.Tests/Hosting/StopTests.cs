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
}
