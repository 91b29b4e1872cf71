using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.PointInTime;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Tests.Offline;
using MlAspire.FeatureStore.Tests.PointInTime;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Aggregates;

/// <summary>sum, min, max, last and distinct: of calls by caller, with a value of -100 to 100 and somebody who is called.</summary>
public sealed class MaximaTests
{
    private const string Registry = """
        { "project": "calls", "entities": [ { "name": "caller", "joinKeys": ["caller"] } ],
          "sources": [ { "name": "calls", "eventTime": "at", "fields": [ { "name": "caller", "type": "STRING" }, { "name": "value", "type": "INT32" }, { "name": "called", "type": "STRING" } ] } ],
          "featureViews": [ { "name": "calls_made", "entity": "caller", "source": "calls", "join": { "caller": "caller" }, "tile": "PT30M", "value": { "field": "value", "clip": [-100, 100] }, "distinct": { "field": "called" },
            "retention": "P9D", "ttl": "P1D", "features": [
              { "name": "sum", "function": "sum", "window": "PT6H" }, { "name": "min", "function": "min", "window": "PT6H" }, { "name": "max", "function": "max", "window": "PT1H" },
              { "name": "last", "function": "last", "window": "PT6H" }, { "name": "distinct", "function": "distinct", "window": "P2D" } ] } ],
          "featureServices": [ { "name": "calling", "version": 1, "features": [ { "view": "calls_made", "entity": { "caller": "caller" }, "features": ["sum", "min", "max", "last", "distinct"], "prefix": "calls" } ] } ] }
        """;

    private static readonly string[] Callers = ["ann", "bob", "cid"];

    private sealed record Call(DateTimeOffset At, string Caller, int Value, string Called);

    [Theory]
    [InlineData(1, 3_000)]
    [InlineData(2, 40)]
    public async Task Every_value_is_a_count_over_the_raw_events_online_and_in_the_join_whatever_the_order_and_repetition(int seed, int count)
    {
        using var folder = new LogFolder();
        await using var store = await StartAsync(folder);
        var random = new Random(seed);
        var calls = Random(random, store.Time.GetUtcNow().AddHours(-10), count); // until two in the morning: windows reach over midnight
        var arrival = calls.Select((call, offset) => (call, offset)).Chunk(277).ToArray();
        foreach (var batch in arrival.Concat(arrival.Where(_ => random.Next(3) == 0)))
        {
            await PushAsync(store, [.. batch.Select(each => each.call)], "radio", batch[0].offset);
        }

        var registry = RegistryFile.Parse(Encoding.UTF8.GetBytes(Registry));
        using var join = new PointInTimeJoin(registry, new ServiceAggregation(registry, registry.Service("calling")!), folder.Path);
        var expected = new List<string>();
        var last = calls.Max(call => call.At);
        for (var i = 0; i < 100; i++)
        {
            // After everything, so that what the join must not see yet the store does not have either.
            var moment = last.AddMinutes(1 + i * 13);
            var caller = Callers[random.Next(Callers.Length)];
            expected.Add(Expected([.. calls.Where(call => call.Caller == caller)], moment));
            Assert.Equal(expected[i], await ReadAsync(store, caller, moment));
            join.Add(JoinRows.Spine(i, moment, caller));
        }
        foreach (var applied in LogReader.Applied([folder.Path]))
        {
            join.Add(applied);
        }
        Assert.Equal(expected, join.All().Select(row => string.Join(' ', row.Values.Select(value => double.IsNaN(value) ? "null" : value.ToString(CultureInfo.InvariantCulture)))));
    }

    [Fact]
    public async Task Any_order_and_repetition_of_arrival_gives_the_same_bytes()
    {
        var random = new Random(5);
        var calls = Random(random, new DateTimeOffset(2001, 4, 1, 12, 0, 0, TimeSpan.Zero), 2_000);
        List<string>? first = null;
        for (var order = 0; order < 3; order++)
        {
            await using var store = await StartAsync();
            foreach (var batch in calls.Chunk(random.Next(100, 900)))
            {
                await PushAsync(store, batch, null, 0);
            }
            var dump = (await store.DumpAsync()).Where(line => line.StartsWith("fx:", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(dump);
            Assert.Equal(first ??= dump, dump);
            random.Shuffle(calls);
            calls = [.. calls, .. calls.Take(300)]; // without offsets a repetition counts in sums, and not in maxima
        }
    }

    /// <summary>By hand: tile 1 of the day, at bytes 1036 on; -7 and 30 minutes are 32,761 and 32,798, the lowest is 32,768 + 7; a millisecond past half past midnight is microsecond 1,800,001,000 of the day.</summary>
    [Fact]
    public async Task The_bytes_are_as_documented()
    {
        await using var store = await StartAsync();
        var start = new DateTimeOffset(2001, 4, 1, 0, 30, 0, TimeSpan.Zero);
        await PushAsync(store, [new(start.AddMilliseconds(1), "ann", 30, "x"), new(start, "ann", -7, "x")], null, 0);
        var line = Assert.Single(await store.DumpAsync(), line => line.StartsWith("fx:{00}:calls:calls_made:", StringComparison.Ordinal));
        Assert.EndsWith(":ann:20010401", line.Split(' ')[0], StringComparison.Ordinal);
        var bytes = Convert.FromHexString(line.Split(' ')[1]);
        Assert.Equal("801E" + "8007" + "00006B49D5E9801E", Convert.ToHexString(bytes, 1_036, 12));
        Assert.All(bytes[..1_036], zero => Assert.Equal(0, zero));
        // SHA-256 of "x" begins 2d71, 0010110101 110001: register 181, and no zero before the first one.
        Assert.Equal((181, 1), (Array.FindIndex(bytes, 1_048, register => register > 0) - 1_048, bytes[^1]));
        Assert.Equal("23 -7 30 30 1", await ReadAsync(store, "ann", start.AddMinutes(5)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(100, 0.03)]
    [InlineData(5_000, 0.1)] // three standard errors
    [InlineData(300_000, 0.1)]
    public void Distinct_is_near_the_truth(int count, double error)
    {
        var registers = new byte[HyperLogLog.Registers];
        for (var repeated = 0; repeated < 2; repeated++)
        {
            for (var i = 0; i < count; i++)
            {
                var (register, rank) = HyperLogLog.Place(HyperLogLog.Hash($"{i}"));
                registers[register] = Math.Max(registers[register], rank);
            }
        }
        Assert.InRange(HyperLogLog.Estimate(registers), count * (1 - error), count * (1 + error));
    }

    [Theory]
    [InlineData("\"value\": { \"field\": \"value\", \"clip\": [-100, 100] }, ", "", "$.featureViews[0].features[0]: sum needs the view's 'value'|$.featureViews[0].features[1]: min needs the view's 'value'|$.featureViews[0].features[2]: max needs the view's 'value'|$.featureViews[0].features[3]: last needs the view's 'value'")]
    [InlineData("\"distinct\": { \"field\": \"called\" },", "", "$.featureViews[0].features[4]: distinct needs the view's 'distinct'")]
    [InlineData("\"field\": \"called\"", "\"field\": \"nobody\"", "$.featureViews[0].distinct.field: the source 'calls' has no field 'nobody'")]
    [InlineData("\"PT30M\"", "\"PT20M\"", "$.featureViews[0].features[4]: distinct needs tiles of at least PT30M")]
    public void What_does_not_fit_together_is_named(string part, string changed, string expected) =>
        Assert.Equal(expected, string.Join('|', Assert.Throws<RegistryFileException>(() => RegistryFile.Parse(Encoding.UTF8.GetBytes(Registry.Replace(part, changed, StringComparison.Ordinal)))).Problems.Select(problem => $"{problem.Path}: {problem.Message}")));

    [Fact]
    public void What_is_read_is_written_back() =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Registry), RegistryWriter.Write(RegistryFile.Parse(Encoding.UTF8.GetBytes(Registry)))));

    private static string Expected(List<Call> calls, DateTimeOffset t)
    {
        List<Call> Window(double hours)
        {
            var tile = t.UtcDateTime.Date.AddMinutes(Math.Floor(t.UtcDateTime.TimeOfDay.TotalMinutes / 30) * 30);
            return [.. calls.Where(call => call.At.UtcDateTime >= tile.AddHours(-hours) && call.At.UtcDateTime < tile.AddMinutes(30))];
        }
        static int Clipped(Call call) => Math.Clamp(call.Value, -100, 100);
        string Text(List<Call> window, Func<List<Call>, int> value) => window.Count == 0 ? "null" : $"{value(window)}";
        var six = Window(6);
        var latest = six.Count == 0 ? default : six.Max(call => call.At);
        var found = calls.Exists(call => call.At.UtcDateTime.Date >= t.UtcDateTime.AddDays(-2).Date && call.At.UtcDateTime.Date <= t.UtcDateTime.Date);
        return string.Join(' ', Text(six, w => w.Sum(Clipped)), Text(six, w => w.Min(Clipped)), Text(Window(1), w => w.Max(Clipped)), Text(six, w => w.Where(call => call.At == latest).Max(Clipped)),
            found ? $"{Window(48).Select(call => call.Called).Distinct().Count()}" : "null");
    }

    /// <summary>Few who are called, so that their number is exact, within four days.</summary>
    private static Call[] Random(Random random, DateTimeOffset end, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => new Call(end.AddSeconds(-random.Next(4 * 86_400)), Callers[random.Next(Callers.Length)], random.Next(-130, 130), $"c{random.Next(6)}"))];

    private static async Task<Store> StartAsync(LogFolder? folder = null)
    {
        var store = await Store.WithoutReplicaAsync();
        var path = Path.Combine(store.Folder, "features.json");
        await File.WriteAllTextAsync(path, Registry);
        await store.AddReplicaAsync(settings: [("Registry:Path", path), ("Offline:Directory", folder?.Path ?? "")]);
        await Eventually.TrueAsync("the log to be open", async () => (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode);
        return store;
    }

    private static async Task PushAsync(Store store, Call[] calls, string? producer, int offset)
    {
        var df = new { at = calls.Select(call => call.At), caller = calls.Select(call => call.Caller), value = calls.Select(call => call.Value), called = calls.Select(call => call.Called) };
        var response = producer is null
            ? await store.Client.PostAsJsonAsync("/push", new { push_source_name = "calls", df })
            : await store.Client.PostAsJsonAsync("/push", new { push_source_name = "calls", df, producer, offset });
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private static async Task<string> ReadAsync(Store store, string caller, DateTimeOffset moment)
    {
        var response = await store.PostAsync("/v1/features/online", $$"""{"feature_service":"calling","entities":{"caller":["{{caller}}"]},"event_times":["{{moment:O}}"]}""");
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(response.IsSuccessStatusCode, answer.ToJsonString());
        return string.Join(' ', answer["features"]!.AsArray().Select(feature => feature!["values"]![0]?.ToJsonString() ?? "null"));
    }
}
