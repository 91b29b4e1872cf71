using System.Globalization;
using System.Text;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.PointInTime;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Tests.Offline;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.PointInTime;

public sealed class RowViewJoinTests : IDisposable
{
    private readonly LogFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(150)]
    [InlineData(1_000_000)]
    public async Task Rows_and_their_transforms_are_joined_as_they_were_served_with_their_nulls_and_gone_after_the_retention(int sortBytes)
    {
        await using var store = await Drivers.StartAsync(WithTransforms, ("Offline:Directory", folder.Path));
        await Eventually.TrueAsync("the log to be open", async () => (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode);
        var random = new Random(61);
        var time = store.Time.GetUtcNow();
        var (rows, served) = (new List<SpineRow>(), new List<string>());
        for (var i = 0; i < 60; i++)
        {
            time = time.AddMinutes(random.Next(1, 300)).AddDays(i % 20 == 19 ? 2 : 0);
            var response = await store.PostAsync("/push", Drivers.Push(time, 1_001 + random.Next(3), random.Next(4) == 0 ? "null" : "2.5", $"{random.Next(10)}", since: $"{random.Next()}"));
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
            var row = JoinRows.Spine(i, time.AddMinutes(random.Next(1, 200)), $"{1_001 + random.Next(4)}");
            time = row.Moment;
            rows.Add(row);
            served.Add(string.Join(", ", (await Drivers.ReadAsync(store, row.Moment, long.Parse(row.Entities[0].Span, CultureInfo.InvariantCulture))).Select(answer => answer.Split(' ')[1] switch { "true" => "1", "false" => "0", var number => number })));
        }

        var registry = RegistryFile.Parse(Encoding.UTF8.GetBytes(WithTransforms(Drivers.Registry)));
        using var join = new PointInTimeJoin(registry, new ServiceAggregation(registry, registry.Service("driver_activity")!), folder.Path, sortBytes);
        rows.ForEach(row => join.Add(row));
        foreach (var applied in LogReader.Applied([folder.Path]))
        {
            join.Add(applied);
        }

        // since is a UNIX_TIMESTAMP, which the wire has as ISO 8601 and the join as a number: its presence is compared.
        Assert.Equal(served.Select(WithoutTimes), join.All().Select(row => WithoutTimes(string.Join(", ", row.Values.Select(value => double.IsNaN(value) ? "null" : value.ToString(CultureInfo.InvariantCulture))))));
        Assert.Contains(served, values => values.Contains("null", StringComparison.Ordinal));
        Assert.Contains(served, values => values.Contains("2.5", StringComparison.Ordinal));
        Assert.Equal(9, served[0].Split(", ").Length);
    }

    [Theory]
    [InlineData(0)] // at the event
    [InlineData(-1)] // a microsecond before it
    public async Task A_row_of_the_very_moment_is_there_online_and_in_the_join_and_one_of_a_microsecond_later_is_not(int microseconds)
    {
        await using var store = await Drivers.StartAsync(NumbersAlone, ("Offline:Directory", folder.Path));
        await Eventually.TrueAsync("the log to be open", async () => (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode);
        var time = store.Time.GetUtcNow().AddTicks(7); // Redis has microseconds
        foreach (var happened in new[] { time.AddHours(-1), time })
        {
            var response = await store.PostAsync("/push", Drivers.Push(happened, trips: happened == time ? "9" : "5"));
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        }
        var moment = time.AddTicks(-2).AddMicroseconds(microseconds);
        Assert.Contains(await Drivers.ReadAsync(store, moment), line => line.StartsWith(microseconds == 0 ? "driver_trips: 9 PRESENT" : "driver_trips: null NOT_FOUND", StringComparison.Ordinal));

        var registry = RegistryFile.Parse(Encoding.UTF8.GetBytes(NumbersAlone(Drivers.Registry)));
        var service = new ServiceAggregation(registry, registry.Service("driver_activity")!);
        using var join = new PointInTimeJoin(registry, service, folder.Path);
        join.Add(JoinRows.Spine(0, moment, "1001"));
        foreach (var applied in LogReader.Applied([folder.Path]))
        {
            join.Add(applied);
        }
        var values = Assert.Single(join.All()).Values;
        Assert.Equal(microseconds == 0 ? 9 : 5, values[Array.IndexOf(service.FeatureNames, "driver_trips")]);
        Assert.Equal(1, values[Array.IndexOf(service.FeatureNames, "hour_shifts_1h")]); // what is counted is strictly before
    }

    private static string NumbersAlone(string registry) => registry.Replace("""["state", "rating", "tags", "trips", "since"]""", """["rating", "trips", "since"]""", StringComparison.Ordinal);

    private static string WithTransforms(string registry) => NumbersAlone(registry).Replace("\"version\": 1,", """
        "version": 1, "transforms": [
          { "name": "gap", "expression": "coalesce(driver_rating, 0) - log(1 + hour_mean_trips_1h) / 3" },
          { "name": "busy", "expression": "driver_trips > 4 && !is_null(driver_rating)" },
          { "name": "clock", "expression": "if(busy, cycle_sin(minute_of_day(), 1440), gap)" },
          { "name": "age", "expression": "driver_since / 86400 - day_of_week()" } ],
        """, StringComparison.Ordinal);

    /// <summary>Values as served: shifts, rating, trips, since, mean trips.</summary>
    private static string WithoutTimes(string values)
    {
        var parts = values.Split(", ");
        parts[3] = parts[3] == "null" ? "null" : "a time";
        return string.Join(", ", parts);
    }
}
