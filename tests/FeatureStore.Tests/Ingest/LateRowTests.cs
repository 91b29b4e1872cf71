using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Tests.Offline;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Ingest;

/// <summary>What is late is refused or taken as the source says, and what was counted is not late when it comes again.</summary>
public sealed class LateRowTests : IDisposable
{
    private readonly LogFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_late_row_is_counted_as_such_and_taken_once_unless_it_is_older_than_a_day_and_the_lateness()
    {
        await using var store = await Rides.StartAsync(settings: ("Offline:Directory", folder.Path));
        using var metrics = new RecordedMetrics(store.Services.GetRequiredService<IMeterFactory>());
        var now = store.Time.GetUtcNow();
        Rides.Ride newest = new("newest", now, "here", 1, 1), inTime = new("in time", now.AddHours(-2), "here", 1, 10), late = new("late", now.AddHours(-2).AddMilliseconds(-1), "here", 1, 100);
        Rides.Ride lateKnown = new("late and known", now.AddHours(-26), "here", 1, 1_000), unknown = new("unknown", now.AddHours(-26).AddMilliseconds(-1), "here", 1, 10_000);
        foreach (var ride in new[] { newest, inTime, late, lateKnown, unknown, inTime, late, lateKnown, unknown })
        {
            await Rides.PushAsync(store.Client, Rides.Body([ride]));
        }

        Assert.Equal(6, metrics.Sum("ml.feature.late"));
        var rows = LogReader.Applied([folder.Path]).Select(frame => frame.Rows.Row(0)[0].Text);
        Assert.Equal(["newest", "in time", "late", "late and known", "unknown", "unknown"], rows);
        Assert.Equal([3, 111, 100, 3, 1], Rides.Join(now.AddSeconds(1), "here", 1, folder.Path));
        var counted = await Rides.CountedAsync(store);
        await store.StopReplicasAsync();
        await using var restored = await Rides.StartAsync(settings: ("Offline:Directory", folder.Path));
        Assert.Equal(counted, await Rides.CountedAsync(restored));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_batch_that_makes_its_own_rows_late_counts_once_when_it_is_pushed_again(bool cluster, bool logged)
    {
        await using var store = await Rides.StartAsync(cluster, settings: logged ? [("Offline:Directory", folder.Path)] : []);
        var rides = SixHours(store.Time.GetUtcNow());
        await Rides.PushAsync(store.Client, Rides.Body(rides));
        var counted = await Rides.CountedAsync(store);
        await Rides.PushAsync(store.Client, Rides.Body(rides));
        Assert.Equal("""{"accepted":0,"skipped":0,"repeated":6}""", await Rides.PushAsync(store.Client, Rides.Body(rides, "hourly")));
        Assert.Equal(counted, await Rides.CountedAsync(store));
        if (logged)
        {
            Assert.Equal(6, Rides.Counted(folder.Path));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_row_whose_offset_is_counted_is_not_late_where_late_rows_are_refused(bool cluster)
    {
        await using var store = await Rides.StartAsync(cluster, Refusing, ("Offline:Directory", folder.Path));
        var rides = SixHours(store.Time.GetUtcNow());
        Assert.Equal("""{"accepted":6,"skipped":0}""", await Rides.PushAsync(store.Client, Rides.Body(rides, "hourly")));
        Assert.Equal("""{"accepted":0,"skipped":6}""", await Rides.PushAsync(store.Client, Rides.Body(rides, "hourly")));
        Assert.Equal("""{"accepted":0,"skipped":6}""", await Rides.PushAsync(store.Client, Rides.Body(rides, "hourly", onError: "quarantine")));

        // What follows in the same push, and is not counted, is late.
        List<Rides.Ride> more = [.. rides, rides[^1] with { Id = "new" }];
        var response = await store.Client.PostAsJsonAsync("/push", Rides.Body(more, "hourly"));
        Assert.Equal((HttpStatusCode.BadRequest, "df.event_time[6]"), (response.StatusCode, (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]!.AsArray().Single()!["field"]!));
        Assert.Equal("""{"accepted":0,"skipped":6,"quarantined":1}""", await Rides.PushAsync(store.Client, Rides.Body(more, "hourly", onError: "quarantine")));
    }

    [Fact]
    public async Task A_source_that_refuses_late_rows_names_them_or_sets_them_aside_and_logs_none()
    {
        await using var store = await Rides.StartAsync(change: Refusing, settings: ("Offline:Directory", folder.Path));
        using var metrics = new RecordedMetrics(store.Services.GetRequiredService<IMeterFactory>());
        var now = store.Time.GetUtcNow();
        await Rides.PushAsync(store.Client, Rides.Body([new("newest", now, "here", 1, 1)]));
        List<Rides.Ride> rides = [new("a", now.AddHours(-2), "here", 1, 10), new("b", now.AddHours(-3), "here", 1, 100)];
        var response = await store.Client.PostAsJsonAsync("/push", Rides.Body(rides, "meter"));
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]![0]!;
        Assert.Equal((HttpStatusCode.BadRequest, "df.event_time[1]", $"is late: 'rides' takes nothing older than {now.AddHours(-2):O}"), (response.StatusCode, (string)error["field"]!, (string)error["message"]!));

        Assert.Equal("""{"accepted":1,"skipped":0,"quarantined":1}""", await Rides.PushAsync(store.Client, Rides.Body(rides, "meter", onError: "quarantine")));

        Assert.Contains("df.event_time[1] is late", await store.Client.GetStringAsync("/v1/quarantine"), StringComparison.Ordinal);
        Assert.Equal(2, metrics.Sum("ml.feature.late"));
        Assert.Equal([2, 11, 10, 2, 1], Rides.Join(now.AddSeconds(1), "here", 1, folder.Path));
    }

    [Fact]
    public async Task Without_an_event_for_a_day_the_watermark_is_a_day_behind_the_clock()
    {
        await using var store = await Rides.StartAsync(change: Refusing);
        var bound = store.Time.GetUtcNow().AddHours(-26);
        var response = await store.Client.PostAsJsonAsync("/push", Rides.Body([new("a", bound.AddMilliseconds(-1), "here", 1, 10)]));
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode); // as Feast has it
        await Rides.PushAsync(store.Client, Rides.Body([new("a", bound, "here", 1, 10)]));
    }

    private static string Refusing(string registry) => registry.Replace("\"lateness\": \"PT2H\",", "\"lateness\": \"PT2H\", \"late\": \"refuse\",", StringComparison.Ordinal);

    /// <summary>A ride an hour, of which only the newest two and a half hours are not late once they are known.</summary>
    private static List<Rides.Ride> SixHours(DateTimeOffset now) => [.. Enumerable.Range(0, 6).Select(hour => new Rides.Ride($"ride-{hour}", now.AddHours(-hour).AddMinutes(-1), "here", hour, 10))];
}
