using System.Net;
using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Monitoring.Tests.Hosting;
using MlAspire.Testing;
using static MlAspire.Monitoring.Tests.Hosting.RunningMonitoring;

namespace MlAspire.Monitoring.Tests.Inference;

public sealed class PredictionReaderTests : IAsyncLifetime
{
    private RunningMonitoring monitoring = null!;

    public async ValueTask InitializeAsync() => monitoring = await RunningMonitoring.StartAsync(("PredictionReader:Batch", "3"), ("Windows:Models", "2"));

    public async ValueTask DisposeAsync() => await monitoring.DisposeAsync();

    [Fact]
    public async Task Events_that_were_there_before_and_come_later_are_all_read_and_acknowledged()
    {
        await monitoring.PublishAsync([.. Enumerable.Range(0, 10).Select(i => Prediction($"p{i}"))]);
        await monitoring.SummaryAsync(10);
        await monitoring.PublishAsync(Prediction("p10"), Failure());

        await monitoring.SummaryAsync(11, errors: 1);
        await NothingPendsAsync();
        await Eventually.TrueAsync("lag 0", () => monitoring.Metrics.Lag == 0);
    }

    [Fact]
    public async Task After_a_restart_of_monitoring_the_past_is_read_again_and_what_came_meanwhile_once()
    {
        await monitoring.PublishAsync([.. Enumerable.Range(0, 7).Select(i => Prediction($"p{i}"))]);
        await monitoring.SummaryAsync(7);
        await monitoring.StopHostAsync();
        await monitoring.PublishAsync([.. Enumerable.Range(7, 5).Select(i => Prediction($"p{i}"))]);

        await monitoring.StartHostAsync();

        await monitoring.SummaryAsync(12);
        await NothingPendsAsync();
        Assert.Equal("Reading the prediction stream: 7 entries again, 5 are waiting", Assert.Single(monitoring.Host.Logs.Named("stream_resumed")).Message);
    }

    [Fact]
    public async Task What_was_handed_out_and_never_acknowledged_is_counted_once()
    {
        await monitoring.PublishAsync(Prediction("p0"));
        await monitoring.SummaryAsync(1);
        await monitoring.StopHostAsync();
        await monitoring.PublishAsync(Prediction("p1"), Prediction("p2"));
        var handedOut = await (await monitoring.DatabaseAsync()).StreamReadGroupAsync(PredictionEvent.Stream, "monitoring", "monitoring", ">", 10);
        Assert.Equal(2, handedOut.Length);

        await monitoring.StartHostAsync();

        await monitoring.SummaryAsync(3);
        await NothingPendsAsync();
    }

    [Fact]
    public async Task After_a_restart_of_Redis_it_reads_on_even_when_the_stream_is_gone()
    {
        await monitoring.PublishAsync(Prediction("p0"));
        await monitoring.SummaryAsync(1);

        await monitoring.Redis.KillAsync();
        await Eventually.TrueAsync("the loss to be logged", () => monitoring.Host.Logs.Named("stream_lost").Any());
        using var notReady = await monitoring.Host.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        await monitoring.Redis.RestartAsync();
        await Eventually.TrueAsync("the stream to be back", () => monitoring.Host.Logs.Named("stream_back").Any());
        await Eventually.TrueAsync("the test's own connection", async () => (await monitoring.DatabaseAsync()).Multiplexer.IsConnected);
        await monitoring.PublishAsync(Prediction("p1"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, notReady.StatusCode);
        await monitoring.SummaryAsync(2);
        Assert.Single(monitoring.Host.Logs.Named("stream_lost"));
    }

    [Fact]
    public async Task Entries_that_are_no_events_are_skipped_logged_and_acknowledged()
    {
        await monitoring.PublishRawAsync("event", "{not json");
        await monitoring.PublishRawAsync("event", "{\"model\":\"flight-delay\"}");
        await monitoring.PublishRawAsync("other", "{}");
        await monitoring.PublishRawAsync("event", "null");
        await monitoring.PublishAsync(Prediction("p0"));

        await monitoring.SummaryAsync(1);

        await NothingPendsAsync();
        Assert.Equal(4, monitoring.Host.Logs.Named("stream_entry_unreadable").Count());
        Assert.All(monitoring.Host.Logs.Named("stream_entry_unreadable"), log => Assert.Matches(@"^Entry \d+-\d+ of", log.Message));
    }

    [Fact]
    public async Task Models_beyond_the_bound_are_not_watched_and_the_others_go_on()
    {
        await monitoring.PublishAsync(Prediction("a", model: "one"), Prediction("b", model: "two"), Prediction("c", model: "three"), Prediction("d", model: "one"));

        await monitoring.SummaryAsync(2, model: "one");

        using var three = await monitoring.Host.Client.GetAsync("/v1/models/three/summary", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, three.StatusCode);
    }

    private Task NothingPendsAsync() => Eventually.TrueAsync("every entry to be acknowledged", async () =>
        (await (await monitoring.DatabaseAsync()).StreamPendingAsync(PredictionEvent.Stream, "monitoring")).PendingMessageCount == 0);
}
