using System.Globalization;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Tests.Ingest;

public sealed class PushTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_pushed_is_read_back_as_a_count_over_the_raw_events(bool cluster)
    {
        await using var store = await Store.StartAsync(cluster);
        var events = Flights.Random(21, 4_000);
        foreach (var source in events.GroupBy(e => e.Source))
        {
            foreach (var batch in source.Chunk(700))
            {
                Assert.Equal((batch.Length, 0), await store.PushAsync(batch));
            }
        }
        var random = new Random(4);
        string[] airports = ["ATL", "LAX", "ORD", "NIL"];
        var rows = Enumerable.Range(0, 400).Select(_ => (airports[random.Next(4)], airports[random.Next(4)],
            (DateTimeOffset?)events[random.Next(4_000)].Time.AddSeconds(random.Next(-4_000, 4_000)).ToOffset(TimeSpan.FromMinutes(15 * random.Next(-48, 57))))).ToArray();
        var answers = await store.ReadAsync(rows);
        var reference = new BruteForce(events, store.Time.GetUtcNow().AddMinutes(1)); // an event further ahead of the clock says nothing
        for (var i = 0; i < rows.Length; i++)
        {
            var (origin, destination, moment) = rows[i];
            var expected = reference.At(moment!.Value, origin, destination);
            Assert.Equal(expected.ToDictionary(e => e.Key, e => e.Value.Value), answers[i].ToDictionary(a => a.Key, a => a.Value.Value));
            Assert.Equal(expected.ToDictionary(e => e.Key, e => e.Value.Found), answers[i].ToDictionary(a => a.Key, a => a.Value.Status != "NOT_FOUND"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Redis_holds_the_bytes_of_the_tiles_in_memory_whatever_the_order_and_the_batches(bool cluster)
    {
        await using var store = await Store.StartAsync(cluster);
        var events = Flights.Random(22, 3_000).ToArray();
        new Random(1).Shuffle(events);
        foreach (var source in events.GroupBy(e => e.Source))
        {
            foreach (var batch in source.Chunk(331))
            {
                await store.PushAsync(batch);
            }
        }
        var tiles = Flights.Tiles(events);
        var expected = Flights.Registry.Views.SelectMany((view, i) => tiles.Stored(i).Select(day =>
        {
            var date = DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(day.Day).ToString("yyyyMMdd", CultureInfo.InvariantCulture);
            var length = Enumerable.Range(0, day.Bytes.Length / 8).Last(slot => Tile.Read(day.Bytes, slot).Count > 0) * 8 + 8;
            return $"ft:{{{RedisKeys.Partition(day.Entity):00}}}:flights:{view.Name}:{TileLayout.Version((AggregateView)view)}:{day.Entity}:{date} {Convert.ToHexString(day.Bytes.AsSpan(0, length))}";
        }));
        Assert.Equal(expected.Order(StringComparer.Ordinal), await store.DumpAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_repeated_batch_changes_nothing(bool cluster)
    {
        await using var store = await Store.StartAsync(cluster);
        var landings = Flights.Random(23, 1_000).Where(e => e.Source == "landings").Take(300).ToList();
        Assert.Equal((300, 0), await store.PushAsync(landings, "radar", 4_711));
        var dump = await store.DumpAsync();
        Assert.Equal((0, 300), await store.PushAsync(landings, "radar", 4_711));
        Assert.Equal((0, 100), await store.PushAsync(landings[100..200], "radar", 4_811));
        Assert.Equal(dump, await store.DumpAsync());
        Assert.Equal("""{"producer":"radar","next_offset":5011}""", await store.Client.GetStringAsync("/v1/producers/radar"));
        Assert.Equal("""{"producer":"other","next_offset":0}""", await store.Client.GetStringAsync("/v1/producers/other"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_batch_that_overlaps_an_earlier_one_counts_only_its_new_rows(bool cluster)
    {
        await using var store = await Store.StartAsync(cluster);
        var landings = Flights.Random(24, 1_000).Where(e => e.Source == "landings").Take(300).ToList();
        await store.PushAsync(landings, "whole");
        var expected = Tiles(await store.DumpAsync());

        await using var pieces = await Store.StartAsync(cluster);
        Assert.Equal((200, 0), await pieces.PushAsync(landings[..200], "pieces", 0));
        Assert.Equal((50, 100), await pieces.PushAsync(landings[100..250], "pieces", 100));
        Assert.Equal((50, 250), await pieces.PushAsync(landings, "pieces", 0));
        Assert.Equal(expected, Tiles(await pieces.DumpAsync()));
    }

    [Fact]
    public async Task Without_a_producer_a_repeated_batch_counts_again()
    {
        await using var store = await Store.StartAsync();
        Flights.Event[] landing = [new("landings", store.Time.GetUtcNow(), "ATL", "LAX", 20)];
        await store.PushAsync(landing);
        await store.PushAsync([landing[0] with { Delay = 40 }]);
        var row = Assert.Single(await store.ReadAsync(("ATL", "LAX", null)));
        Assert.Equal(new Store.Answer(30, "PRESENT", 0), row["origin_mean_delay_1h"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Batches_that_overtake_and_overlap_one_another_at_several_replicas_count_each_row_once(bool cluster)
    {
        await using var store = await Store.StartAsync(cluster);
        HttpClient[] replicas = [store.Client, await store.AddReplicaAsync()];
        var landings = Flights.Random(25, 1_200).Where(e => e.Source == "landings").Take(500).ToList();
        var random = new Random(25);
        (int From, int Rows)[] batches = [.. Enumerable.Range(0, 50).Select(i => (10 * i, 10)), .. Enumerable.Range(0, 30).Select(_ => (random.Next(470), random.Next(1, 30)))];
        random.Shuffle(batches);
        foreach (var some in batches.Chunk(8))
        {
            var answers = await Task.WhenAll(some.Select((batch, i) => store.PushAsync(landings.GetRange(batch.From, batch.Rows), "radar", 100 + batch.From, replicas[i % 2])));
            Assert.Equal(some.Select(batch => batch.Rows), answers.Select(answer => answer.Accepted + answer.Skipped));
        }

        await using var alone = await Store.StartAsync();
        await alone.PushAsync(landings, "radar", 100);
        Assert.Equal(Tiles(await alone.DumpAsync()), Tiles(await store.DumpAsync()));
        Assert.Equal("""{"producer":"radar","next_offset":600}""", await store.Client.GetStringAsync("/v1/producers/radar"));
        Assert.Equal((0, 500), await store.PushAsync(landings, "radar", 100));
    }

    [Fact]
    public async Task A_gap_stays_open_until_there_are_too_many()
    {
        await using var store = await Store.StartAsync();
        Flights.Event[] landing = [new("landings", store.Time.GetUtcNow(), "ATL", "LAX", 20)];
        for (var i = 0; i < CountedOffsets.MaxRanges; i++)
        {
            await store.PushAsync(landing, "radar", 2 * i);
        }
        Assert.Equal((1, 0), await store.PushAsync(landing, "radar", 1));
        Assert.Equal("""{"producer":"radar","next_offset":3}""", await store.Client.GetStringAsync("/v1/producers/radar"));

        await store.PushAsync(landing, "radar", 10_000); // as many as there may be
        Assert.Equal("""{"producer":"radar","next_offset":3}""", await store.Client.GetStringAsync("/v1/producers/radar"));
        await store.PushAsync(landing, "radar", 20_000);
        Assert.Equal("""{"producer":"radar","next_offset":5}""", await store.Client.GetStringAsync("/v1/producers/radar"));
        Assert.Equal((0, 1), await store.PushAsync(landing, "radar", 3));
        Assert.Equal((1, 0), await store.PushAsync(landing, "radar", 5));
    }

    [Fact]
    public async Task A_full_tile_stays_at_its_ends_in_Redis_too()
    {
        await using var store = await Store.StartAsync();
        await using var redis = await store.ConnectAsync();
        var midnight = new DateTimeOffset(2001, 4, 1, 0, 0, 0, TimeSpan.Zero);
        byte[] full = [0xFF, 0xFE, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0x00];
        await redis.GetDatabase().StringSetAsync("ft:{38}:flights:network_outcomes:2d6e5ecb:_:20010401", full);
        Assert.Equal((0x7FFFFF00 / 65_534.0, "PRESENT"), await MeanAsync());
        await store.PushAsync([.. Enumerable.Repeat(new Flights.Event("landings", midnight, "ATL", "LAX", 200), 3)]);
        var expected = full.ToArray();
        for (var i = 0; i < 3; i++)
        {
            Tile.Add(expected, 0, new Tile(1, 1, 180));
        }
        Assert.Equal("FFFFFFFF7FFFFFFF", Convert.ToHexString(expected));
        Assert.Equal(expected, (byte[])(await redis.GetDatabase().StringGetAsync("ft:{38}:flights:network_outcomes:2d6e5ecb:_:20010401"))!);
        Assert.Equal((null, "NULL"), await MeanAsync()); // of how many events is not known any more

        async Task<(double?, string)> MeanAsync() => (await store.ReadAsync(("ATL", "LAX", midnight)))[0]["network_mean_delay_3h"] is var mean ? (mean.Value, mean.Status) : default;
    }

    [Fact]
    public async Task Tiles_expire_after_the_retention_of_their_view_and_producers_later()
    {
        await using var store = await Store.StartAsync();
        await using var redis = await store.ConnectAsync();
        await store.PushAsync([new("landings", store.Time.GetUtcNow(), "ATL", "LAX", 20)], "radar");
        async Task<double> Days(string key) => Math.Round((await redis.GetDatabase().KeyTimeToLiveAsync(key))!.Value.TotalDays, 2);
        Assert.Equal(9, await Days("ft:{61}:flights:route_outcomes:938b61fc:ATL-LAX:20010401"));
        Assert.Equal(90, await Days("fo:flights:radar"));
    }

    [Fact]
    public async Task Unusual_entities_have_keys_of_their_own()
    {
        await using var store = await Store.StartAsync();
        var now = store.Time.GetUtcNow();
        await store.PushAsync([new("landings", now, "A-B", "C", 60), new("landings", now, "A", "B-C", 0), new("landings", now, "é:*", "%", 10)]);
        var rows = await store.ReadAsync(("A-B", "C", null), ("A", "B-C", null), ("é:*", "%", null));
        Assert.Equal([60, 0, 10], rows.Select(row => row["route_mean_delay_24h"].Value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Replicas_that_are_pushed_to_at_once_end_in_the_exact_sums(bool cluster)
    {
        await using var store = await Store.StartAsync(cluster);
        HttpClient[] replicas = [store.Client, await store.AddReplicaAsync()];
        var events = Flights.Random(26, 6_000);
        var landings = events.Where(e => e.Source == "landings").ToArray();
        var departures = events.Where(e => e.Source == "departures").ToArray();

        // Each producer's batches go to both replicas at the same time: one of the two counts each.
        async Task Produce(Flights.Event[] of, string producer)
        {
            var offset = 0;
            foreach (var batch in of.Chunk(97))
            {
                var answers = await Task.WhenAll(replicas.Select(replica => store.PushAsync(batch, producer, offset, replica)));
                Assert.All(answers, answer => Assert.Equal(batch.Length, answer.Accepted + answer.Skipped));
                offset += batch.Length;
            }
        }
        await Task.WhenAll(Produce(landings, "landings"), Produce(departures[..1_500], "departures-1"), Produce(departures[1_500..], "departures-2"));

        await using var alone = await Store.StartAsync();
        foreach (var batch in landings.Chunk(5_000).Concat(departures.Chunk(5_000)))
        {
            await alone.PushAsync(batch, $"{batch[0].Source}-alone");
        }
        Assert.Equal(Tiles(await alone.DumpAsync()), Tiles(await store.DumpAsync()));
    }

    private static List<string> Tiles(List<string> dump) => dump.FindAll(line => line.StartsWith("ft:", StringComparison.Ordinal));
}
