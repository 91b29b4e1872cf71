using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlAspire.Pipelines.Flights;
using MlAspire.Pipelines.Jobs;

namespace MlAspire.Pipelines.Tests.Replay;

/// <summary>The whole job over real HTTP. All flights take 600 miles = 110 minutes, times are those of New York (-05:00).</summary>
public sealed class ReplayJobTests : IAsyncLifetime
{
    private static readonly string[] Names = ["feature-store", "gateway", "monitoring"];

    private readonly TemporaryFolder folder = new();
    private readonly RecordedLogs logs = new();
    private ReceivingServices services = null!;

    public async ValueTask InitializeAsync() => services = await ReceivingServices.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        folder.Dispose();
        logs.Dispose();
    }

    // ATL 00:00, ATL 01:00 (late), BOS 01:00, ATL 02:00, BOS 09:00.
    private const string Flights = "0,1,ATL,BOS\n60,20,ATL,BOS\n0,2,BOS,ATL\n60,3,ATL,BOS\n420,4,BOS,ATL";

    [Fact]
    public async Task Before_a_departure_is_predicted_all_that_happened_before_it_is_pushed_and_nothing_else()
    {
        await RunAsync("--from", "2001-01-01T01:00:00-05:00");

        Assert.Equal(
            ["push departures 1", // the warm-up
             "predict 2001-01-01T01:00:00-05:00 ATL BOS",
             "push departures 2", "push landings 1",
             "predict 2001-01-01T02:00:00-05:00 ATL",
             "push departures 1", "push landings 3",
             "predict 2001-01-01T09:00:00-05:00 BOS",
             "push departures 1", "push landings 1"],
            services.Happened);
    }

    [Fact]
    public async Task Every_event_is_pushed_once_with_its_offset()
    {
        await RunAsync("--from", "2001-01-01T01:00:00-05:00");

        Assert.Equal(
            ["0 2001-01-01T05:00:00Z ATL", "1 2001-01-01T06:00:00Z ATL", "2 2001-01-01T06:00:00Z BOS", "3 2001-01-01T07:00:00Z ATL", "4 2001-01-01T14:00:00Z BOS"],
            services.Applied["flights-departures"]);
        Assert.Equal(
            ["0 2001-01-01T06:50:00Z ATL 1", "1 2001-01-01T07:50:00Z ATL 20", "2 2001-01-01T07:50:00Z BOS 2", "3 2001-01-01T08:50:00Z ATL 3", "4 2001-01-01T15:50:00Z BOS 4"],
            services.Applied["flights-landings"]);
    }

    [Fact]
    public async Task A_predicted_flight_gets_its_label_when_it_lands()
    {
        await RunAsync("--from", "2001-01-01T01:00:00-05:00");

        Assert.Equal([("p1-ATL", true), ("p2-BOS", false), ("p3-ATL", false), ("p4-BOS", false)], services.Labels);
        Assert.Equal("Replayed to 2001-01-01 15:50:00Z: 10 events, 4 predictions (0 flights over the rate, 0 failed), 4 labels (0 lost)", logs.Named("replay_done").Single().Message);
    }

    [Fact]
    public async Task Started_again_it_goes_on_where_the_store_is_and_doubles_nothing()
    {
        await RunAsync("--from", "2001-01-01T01:00:00-05:00", "--limit", "2");
        Assert.Equal(["push departures 1", "predict 2001-01-01T01:00:00-05:00 ATL BOS", "push departures 2"], services.Happened);
        services.Happened.Clear();

        await RunAsync("--from", "2001-01-01T01:00:00-05:00");

        Assert.Equal(
            ["push landings 1", "predict 2001-01-01T02:00:00-05:00 ATL", "push departures 1", "push landings 3", "predict 2001-01-01T09:00:00-05:00 BOS",
             "push departures 1", "push landings 1"],
            services.Happened);
        Assert.Equal(5, services.Applied["flights-landings"].Count);
        Assert.Contains("goes on there", logs.Named("replay_resumed").Single().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_all_is_replayed_starting_again_does_nothing()
    {
        await RunAsync("--from", "2001-01-01T01:00:00-05:00");
        services.Happened.Clear();

        await RunAsync("--from", "2001-01-01T01:00:00-05:00");

        Assert.Empty(services.Happened);
        Assert.Single(logs.Named("replay_nothing_left"));
    }

    [Fact]
    public async Task A_push_whose_answer_was_lost_is_repeated_with_the_same_offsets()
    {
        services.LoseNextAnswer = true;

        await RunAsync("--from", "2001-01-01T01:00:00-05:00");

        Assert.Equal(services.Pushes.ElementAt(0).Offset, services.Pushes.ElementAt(1).Offset);
        Assert.Equal(services.Pushes.ElementAt(0).EventTimes, services.Pushes.ElementAt(1).EventTimes);
        Assert.Equal([5, 5], services.Applied.Values.Select(rows => rows.Count));
    }

    [Fact]
    public async Task A_feature_store_and_a_Monitoring_that_are_away_are_waited_for()
    {
        services.Refuse("push", 503, 429, 500, 503);
        services.Refuse("feedback", 503, 503);

        await RunAsync("--from", "2001-01-01T01:00:00-05:00");

        Assert.Equal([5, 5], services.Applied.Values.Select(rows => rows.Count));
        Assert.Equal(4, services.Labels.Count);
        Assert.NotEmpty(logs.Named("replay_service_away"));
        Assert.NotEmpty(logs.Named("replay_service_back"));
    }

    [Fact]
    public async Task A_Gateway_that_fails_costs_its_predictions_and_nothing_else()
    {
        services.Refuse("predict", 503);

        await RunAsync("--from", "2001-01-01T01:00:00-05:00");

        Assert.Equal([("p1-ATL", false), ("p2-BOS", false)], services.Labels);
        Assert.Equal([5, 5], services.Applied.Values.Select(rows => rows.Count));
        Assert.Single(logs.Named("replay_predictions_failing"));
        Assert.Single(logs.Named("replay_predictions_back"));
    }

    [Fact]
    public async Task Labels_that_Monitoring_refuses_are_dropped_and_counted()
    {
        services.Refuse("feedback", 400);

        await RunAsync("--from", "2001-01-01T09:00:00-05:00");

        Assert.Empty(services.Labels);
        Assert.EndsWith("0 labels (1 lost)", logs.Named("replay_done").Single().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_push_that_the_store_refuses_ends_the_job_with_its_reason()
    {
        services.Refuse("push", 400);

        Assert.Equal(1, await RunAsync("--from", "2001-01-01T01:00:00-05:00"));

        Assert.StartsWith("400: ", logs.Named("job_refused").Single().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(501)]
    public async Task A_defect_of_the_store_that_lasts_ends_the_job(int status)
    {
        services.Refuse("push", [.. Enumerable.Repeat(status, 10)]);

        Assert.Equal(1, await RunAsync("--from", "2001-01-01T01:00:00-05:00"));

        Assert.StartsWith($"{status}: ", logs.Named("job_refused").Single().Message, StringComparison.Ordinal);
        Assert.Empty(logs.Named("replay_service_away"));
    }

    [Theory]
    [InlineData(502)]
    [InlineData(504)]
    public async Task A_proxy_before_a_store_that_is_away_is_waited_for(int status)
    {
        services.Refuse("push", status, status, status);

        Assert.Equal(0, await RunAsync("--from", "2001-01-01T01:00:00-05:00"));

        Assert.Equal([5, 5], services.Applied.Values.Select(rows => rows.Count));
        Assert.NotEmpty(logs.Named("replay_service_away"));
    }

    [Fact]
    public async Task A_start_after_the_last_departure_is_refused()
    {
        Assert.Equal(1, await RunAsync("--from", "2002-01-01T00:00:00Z"));

        Assert.Equal("No flight departs at or after 2002-01-01T00:00:00Z.", logs.Named("job_refused").Single().Message);
    }

    [Fact]
    public async Task The_warm_up_reaches_back_the_days_that_were_asked_for()
    {
        await RunAsync(["--from", "2001-01-09T00:00:00-05:00", "--warm-up-days", "7"], "0,1,ATL,BOS\n1440,1,ATL,BOS\n10080,1,ATL,BOS");

        Assert.Equal(["1 2001-01-02T05:00:00Z ATL", "2 2001-01-09T05:00:00Z ATL"], services.Applied["flights-departures"]);
    }

    [Fact]
    public async Task More_departures_than_the_rate_are_pushed_but_not_predicted()
    {
        await RunAsync(["--from", "2001-01-01T00:00:00-05:00", "--predict-rate", "2"], string.Join('\n', Enumerable.Repeat("0,1,ATL,BOS", 5)));

        Assert.Contains("predict 2001-01-01T00:00:00-05:00 ATL ATL", services.Happened);
        Assert.Equal(5, services.Applied["flights-departures"].Count);
        Assert.Contains("2 predictions (3 flights over the rate, 0 failed)", logs.Named("replay_done").Single().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("a key", "a key")]
    public async Task Pushes_and_labels_carry_the_keys_of_services_that_want_them(string? configured, string sent)
    {
        using var host = Build(["--from", "2001-01-01T00:00:00-05:00"], Flights, ("Replay:FeatureStoreKey", configured), ("Replay:MonitoringKey", configured));

        Assert.Equal(0, await RunAsync(host));

        Assert.All(services.Pushes, push => Assert.Equal(sent, push.Key));
        Assert.NotEmpty(services.Pushes);
        Assert.All(services.LabelKeys, key => Assert.Equal(sent, key));
        Assert.NotEmpty(services.LabelKeys);
    }

    [Fact]
    public async Task Asked_to_stop_it_stops_in_the_middle_of_a_wait()
    {
        using var host = Build(["--from", "2001-01-01T01:00:00-05:00", "--speed", "0.1"], Flights);
        await host.StartAsync();
        await Eventually.TrueAsync("the first prediction", () => services.Happened.Any(what => what.StartsWith("predict", StringComparison.Ordinal)));

        await host.StopAsync().WithinAsync("the host to stop");

        Assert.Equal(0, host.Services.GetRequiredService<JobRunner>().ExitCode);
        Assert.Single(logs.Named("job_stopped"));
    }

    [Fact]
    public async Task Two_days_of_the_fixture_arrive_whole_and_in_order()
    {
        using var host = Build(["--from", "2001-01-13T00:00:00Z", "--warm-up-days", "1", "--predict-rate", "100000"], null);
        await RunAsync(host);

        var events = Sample.Fixture;
        var start = new DateTimeOffset(2001, 1, 12, 0, 0, 0, TimeSpan.Zero);
        foreach (var kind in Enum.GetValues<FlightEventKind>())
        {
            var rows = services.Applied[FlightSources.ProducerOf(kind)];
            Assert.Equal(Enumerable.Range(events.FirstOffset(kind, start), rows.Count), rows.Select(row => int.Parse(row.Split(' ')[0], null)));
            Assert.Equal(56_600, services.NextOffsets[FlightSources.ProducerOf(kind)]);
        }
        var predicted = 56_600 - events.FirstOffset(FlightEventKind.Departure, start.AddDays(1));
        Assert.Equal(predicted, services.Labels.Count);
        Assert.Equal(predicted, services.Labels.Select(label => label.Id).Distinct().Count());
    }

    private Task<int> RunAsync(params string[] args) => RunAsync(args, Flights);

    private async Task<int> RunAsync(string[] args, string flights)
    {
        using var host = Build(args, flights);
        return await RunAsync(host);
    }

    private static async Task<int> RunAsync(IHost host)
    {
        await host.StartAsync();
        await host.WaitForShutdownAsync().WithinAsync("the job to end", TimeSpan.FromSeconds(60));
        return host.Services.GetRequiredService<JobRunner>().ExitCode;
    }

    private IHost Build(string[] args, string? flights, params (string Key, string? Value)[] settings)
    {
        var data = flights is null
            ? Sample.FixtureOptions
            : Sample.Write(folder, flights, "ATL,A,A,GA,0,0,America/New_York\nBOS,B,B,MA,0,0,America/New_York", "ATL,BOS,600\nBOS,ATL,600");
        string[] speed = args.Contains("--speed") ? [] : ["--speed", "1000000"];
        return PipelinesApp.Build(["replay", "--data", data.Directory, "--file", data.File, .. speed, .. args], builder =>
        {
            builder.Logging.ClearProviders().AddProvider(logs);
            builder.Configuration.AddInMemoryCollection(
                [.. Names.Select(name => KeyValuePair.Create($"services:{name}:http:0", (string?)services.Address.ToString())), .. settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value))]);
        });
    }
}
