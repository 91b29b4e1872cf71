using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Tests.Offline;
using MlAspire.ServiceDefaults.CommandLine;

namespace MlAspire.FeatureStore.Tests.Ingest;

/// <summary>Repeated events of every form, and amid what goes wrong.</summary>
public sealed class RepeatedEventTests : IDisposable
{
    private readonly LogFolder first = new();
    private readonly LogFolder second = new();

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    [Theory]
    [InlineData("STRING", true)]
    [InlineData("INT32", false)]
    [InlineData("INT32", true)]
    [InlineData("INT64", false)]
    [InlineData("INT64", true)]
    public async Task An_id_may_be_a_number_and_also_a_value_of_a_row_view(string type, bool stored)
    {
        string Changed(string registry) => registry.Replace("\"ride\", \"type\": \"STRING\"", $"\"ride\", \"type\": \"{type}\"", StringComparison.Ordinal)
            .Replace("\"features\": [ { \"name\": \"minutes\",", "\"features\": [ " + (stored ? $"{{ \"name\": \"ride\", \"type\": \"{type}\" }}, " : "") + "{ \"name\": \"minutes\",", StringComparison.Ordinal);
        JsonArray ids = type switch { "STRING" => ["0", "-1", "ä", "x"], "INT32" => [0, -1, int.MinValue, int.MaxValue], _ => [0, -1, long.MinValue, long.MaxValue] };
        await using var store = await Rides.StartAsync(change: Changed, settings: ("Offline:Directory", first.Path));
        var rides = Rides.Random(new Random(11), 4, store.Time.GetUtcNow());
        await Rides.PushAsync(store.Client, Body());
        Assert.Equal("""{"accepted":0,"skipped":0,"repeated":4}""", await Rides.PushAsync(store.Client, Body("meter")));
        Assert.Equal(4, Rides.Counted(first.Path));
        var counted = await Rides.CountedAsync(store);
        await store.StopReplicasAsync();
        await using var restored = await Rides.StartAsync(change: Changed, settings: ("Offline:Directory", first.Path));
        Assert.Equal(counted, await Rides.CountedAsync(restored));
        Assert.Equal("""{"accepted":0,"skipped":0,"repeated":4}""", await Rides.PushAsync(restored.Client, Body("other")));

        JsonObject Body(string? producer = null)
        {
            var body = Rides.Body(rides, producer);
            body["df"]!["ride"] = ids.DeepClone();
            return body;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_repetition_with_another_key_changes_nothing_but_the_other_partition_of_a_cluster(bool cluster)
    {
        Assert.NotEqual(RedisKeys.Partition("here"), RedisKeys.Partition("there"));
        await using var store = await Rides.StartAsync(cluster, settings: ("Offline:Directory", first.Path));
        var now = store.Time.GetUtcNow();
        await Rides.PushAsync(store.Client, Rides.Body([new("a", now, "here", 1, 1)]));
        var counted = await Rides.CountedAsync(store);
        Assert.Equal("""{"accepted":0,"skipped":0,"repeated":1}""", await Rides.PushAsync(store.Client, Rides.Body([new("a", now, "there", 1, 10)], "meter")));
        var more = (await Rides.CountedAsync(store)).Except(counted).Select(line => line[..3]);
        Assert.Equal(cluster ? ["ft:", "fx:"] : [], more);
        Assert.Equal(1, Rides.Counted(first.Path));
    }

    [Fact]
    public async Task Of_more_ids_than_one_command_takes_those_that_are_known_are_found()
    {
        await using var store = await Rides.StartAsync(settings: ("Offline:Directory", first.Path));
        var (now, rides) = (store.Time.GetUtcNow(), new List<Rides.Ride>());
        for (var i = 0; i < 9_000; i++)
        {
            rides.Add(new($"ride-{i}", now, $"city {i % 3}", i % 5, 1));
        }
        await Rides.PushAsync(store.Client, Rides.Body(rides));
        rides[8_500] = rides[8_500] with { Id = "new" };
        Assert.Equal("""{"accepted":1,"skipped":0,"repeated":8999}""", await Rides.PushAsync(store.Client, Rides.Body(rides, "meter")));
        Assert.Equal(9_001, Rides.Counted(first.Path));
        Assert.Equal([3_001, 3_001, 1, 1_800, 1], Rides.Join(now.AddSeconds(1), "city 1", 1, first.Path));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Events_that_were_logged_when_a_replica_ended_and_sent_again_to_another_count_once(bool cluster)
    {
        await using var store = await Rides.StartAsync(cluster, settings: ("Offline:Directory", first.Path));
        var other = await Rides.AddReplicaAsync(store, settings: ("Offline:Directory", second.Path));
        var rides = Rides.Random(new Random(12), 30, store.Time.GetUtcNow());
        await Rides.PushAsync(store.Client, Rides.Body(rides[..10]));
        await store.StopReplicasAsync();
        using (var log = first.Open()) // and is killed
        {
            log.Append([LogFolder.Frame(Rides.Rows(store.Time.GetUtcNow(), [.. rides[10..20]]))]);
        }
        other = await Rides.AddReplicaAsync(store, settings: ("Offline:Directory", second.Path));
        await Rides.PushAsync(other, Rides.Body(rides[5..]));
        await Rides.AddReplicaAsync(store, settings: ("Offline:Directory", first.Path));

        await using var reference = await Rides.StartAsync();
        await Rides.PushAsync(reference.Client, Rides.Body(rides));
        Assert.Equal(await Rides.CountedAsync(reference), await Rides.CountedAsync(store));
        Assert.Equal(30, Rides.Counted(first.Path, second.Path));
    }

    [Fact]
    public async Task Events_without_offsets_that_were_written_in_some_partitions_only_are_completed_when_they_are_sent_again()
    {
        await using var store = await Rides.StartAsync(cluster: true);
        var rides = Rides.Random(new Random(13), 40, store.Time.GetUtcNow());
        await Rides.PushAsync(store.Client, Rides.Body(rides[..20]));
        var before = await RedisSnapshot.OfAsync(store);
        await Rides.PushAsync(store.Client, Rides.Body(rides[20..]));
        var counted = await Rides.CountedAsync(store);
        // As a replica leaves it that is killed amid the second push: written in every second partition alone.
        await (await RedisSnapshot.OfAsync(store)).With(before, key => key.Split('{', '}') is [_, var partition, _] && int.Parse(partition, System.Globalization.CultureInfo.InvariantCulture) % 2 == 0).RestoreAsync(store);
        Assert.NotEqual(counted, await Rides.CountedAsync(store));

        await Rides.PushAsync(store.Client, Rides.Body(rides[20..]));

        Assert.Equal(counted, await Rides.CountedAsync(store));
    }

    [Fact]
    public async Task A_compacted_log_with_ids_counts_the_same_events()
    {
        await using var store = await Rides.StartAsync(settings: [("Offline:Directory", first.Path), ("Offline:SegmentBytes", "4096")]);
        var rides = Rides.Random(new Random(14), 200, store.Time.GetUtcNow());
        foreach (var (i, push) in rides.Chunk(20).Index())
        {
            foreach (var producer in new[] { "meter", "meter", "again", null, null })
            {
                await Rides.PushAsync(store.Client, Rides.Body(push, producer, 20 * i));
            }
        }
        var (counted, now) = (await Rides.CountedAsync(store), store.Time.GetUtcNow());
        await store.StopReplicasAsync();
        var (frames, joined) = (LogReader.Frames(first.Path).Count(), Rides.Join(now, "city 1", 1, first.Path));

        Assert.Equal(ExitCode.Done, new CompactCommand(TextWriter.Null).Run([first.Path]));

        Assert.InRange(LogReader.Frames(first.Path).Count(), 40, frames - 1);
        Assert.Equal(joined, Rides.Join(now, "city 1", 1, first.Path));
        Assert.Equal(200, Rides.Counted(first.Path));
        await using var restored = await Rides.StartAsync(settings: ("Offline:Directory", first.Path));
        Assert.Equal(counted, await Rides.CountedAsync(restored));
    }
}
