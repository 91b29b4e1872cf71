using System.Net.Http.Json;
using System.Text;
using MlAspire.FeatureStore.Tests.Ingest;
using MlAspire.FeatureStore.Tests.Offline;

namespace MlAspire.FeatureStore.Tests.Feast;

/// <summary>An aggregate that counts offsets by itself is filled from the log.</summary>
public sealed class FilledAggregateTests : IDisposable
{
    private readonly LogFolder first = new();
    private readonly LogFolder second = new();

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task A_changed_aggregate_that_is_filled_from_the_logs_while_rows_are_pushed_has_the_bytes_of_one_that_was_there_from_the_start(bool cluster, bool named)
    {
        string Old(string registry) => named ? registry : registry.Replace("\"eventId\": \"ride\", ", "", StringComparison.Ordinal);
        string New(string registry) => Old(registry).Replace("\"tile\": \"PT1H\",", "\"tile\": \"PT1H\", \"ownOffsets\": true,", StringComparison.Ordinal);
        var random = new Random(6);
        await using var store = await Rides.StartAsync(cluster, Old, ("Offline:Directory", first.Path));
        HttpClient[] replicas = [store.Client, await Rides.AddReplicaAsync(store, Old, ("Offline:Directory", second.Path))];
        var rides = Rides.Random(random, 400, store.Time.GetUtcNow());
        var pushed = 0;
        await PushAsync(replicas, rides[..300]);
        await store.StopReplicasAsync();
        replicas = [await Rides.AddReplicaAsync(store, New, ("Offline:Directory", first.Path)), await Rides.AddReplicaAsync(store, New, ("Offline:Directory", second.Path))];
        await PushAsync(replicas, rides[300..320]); // before it is filled
        var filled = replicas.Select(FillAsync).ToList();
        await PushAsync(replicas, rides[320..]);
        await Task.WhenAll(filled);

        await using var reference = await Rides.StartAsync(change: New);
        foreach (var push in rides.Chunk(50))
        {
            (await reference.Client.PostAsJsonAsync("/push", Rides.Body(push))).EnsureSuccessStatusCode();
        }
        var expected = await Rides.CountedAsync(reference);
        Assert.Equal(expected, await Newest(store, expected));
        foreach (var replica in replicas) // nothing is added again
        {
            await FillAsync(replica);
        }
        Assert.Equal(expected, await Newest(store, expected));
        await store.StopReplicasAsync();
        await using var restored = await Rides.StartAsync(change: New, settings: ("Offline:Directory", first.Path));
        await Rides.AddReplicaAsync(restored, New, ("Offline:Directory", second.Path));
        Assert.Equal(expected, await Rides.CountedAsync(restored));

        async Task PushAsync(HttpClient[] to, IReadOnlyList<Rides.Ride> of)
        {
            foreach (var push in of.Chunk(7))
            {
                // By one of three producers, or by none; each push is sent twice where its offsets, or its events, tell.
                var i = pushed++;
                var body = i % 4 == 3 ? Rides.Body(push) : Rides.Body(push, $"meter-{i % 4}", i * 7);
                for (var sent = 0; sent < (named || i % 4 < 3 ? 2 : 1); sent++)
                {
                    (await to[(i / 4 + sent) % 2].PostAsJsonAsync("/push", body)).EnsureSuccessStatusCode();
                }
            }
        }
    }

    private static async Task FillAsync(HttpClient replica) =>
        (await replica.PostAsync("/materialize", new StringContent("""{"disable_event_timestamp":true,"feature_views":["driver_rides"]}""", Encoding.UTF8, "application/json"))).EnsureSuccessStatusCode();

    /// <summary>Without the tiles of the layout of before, which are still there.</summary>
    private static async Task<List<string>> Newest(Store store, List<string> expected)
    {
        string View(string line) => string.Join(':', line.Split(':').Skip(2).Take(3));
        var views = expected.Select(View).ToHashSet();
        return [.. (await Rides.CountedAsync(store)).Where(line => views.Contains(View(line)))];
    }
}
