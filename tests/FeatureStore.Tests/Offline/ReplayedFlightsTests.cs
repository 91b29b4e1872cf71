using System.Globalization;
using System.Security.Cryptography;
using MlAspire.Pipelines.Flights;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Offline;

/// <summary>The same flights give the same bytes, whatever way they take. The two weeks of the fixture; with <c>MLASPIRE_FLIGHTS=FILE</c> those of a file (<c>./mlaspire features replay</c>).</summary>
public sealed class ReplayedFlightsTests(ITestOutputHelper output) : IDisposable
{
    private readonly LogFolder folder = new();
    private readonly RealFlights flights = new(Environment.GetEnvironmentVariable("MLASPIRE_FLIGHTS") ?? RealFlights.TwoWeeks);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Replayed_in_order_out_of_the_log_alone_or_shuffled_and_repeated_to_two_replicas_of_a_cluster_they_give_the_identical_dump()
    {
        var started = TimeProvider.System.GetTimestamp();
        List<string> inOrder;
        await using (var store = await StartAsync(folder.Path))
        {
            await PushAsync([store.Client], store, 5_000, shuffle: null);
            Say($"{Total:N0} events pushed in order", started);
            inOrder = await store.DumpAsync(Hash);
        }

        started = TimeProvider.System.GetTimestamp();
        await using (var restored = await StartAsync(folder.Path))
        {
            Say("the log applied to an empty Redis", started);
            Assert.Equal(inOrder, await restored.DumpAsync(Hash));
        }

        started = TimeProvider.System.GetTimestamp();
        await using (var cluster = await Store.StartAsync(cluster: true))
        {
            await PushAsync([cluster.Client, await cluster.AddReplicaAsync()], cluster, 3_331, new Random(7));
            Say($"{Total:N0} events pushed shuffled, with repetitions, to two replicas of a cluster", started);
            Assert.Equal(inOrder, (await cluster.DumpAsync(Hash)).FindAll(line => !line.StartsWith("fo:{", StringComparison.Ordinal)));
        }
        output.WriteLine($"{inOrder.Count:N0} keys, three dumps identical");
    }

    private int Total => Enum.GetValues<FlightEventKind>().Sum(flights.Count);

    private static async Task<Store> StartAsync(string folder)
    {
        var store = await Store.StartAsync(("Offline:Directory", folder));
        await Eventually.TrueAsync("the log to be applied", async () =>
        {
            store.Time.Advance(TimeSpan.FromSeconds(2)); // an answer is kept for a second
            return (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode;
        }, TimeSpan.FromMinutes(5));
        return store;
    }

    /// <summary>Pushes everything, in turn to the replicas. Shuffled are the events of a kind and the order in which its batches, each with its offset, come; every tenth batch comes twice.</summary>
    private async Task PushAsync(HttpClient[] replicas, Store store, int batchRows, Random? shuffle)
    {
        foreach (var kind in Enum.GetValues<FlightEventKind>())
        {
            var producer = FlightSources.ProducerOf(kind);
            var events = flights.Events(kind, 0, flights.Count(kind));
            shuffle?.Shuffle(events);
            (int Offset, Flights.Event[] Batch)[] pushes = [.. events.Chunk(batchRows).Select((batch, i) => (i * batchRows, batch))];
            shuffle?.Shuffle(pushes);
            foreach (var (batches, (offset, batch)) in pushes.Index())
            {
                Assert.Equal((batch.Length, 0), await store.PushAsync(batch, producer, offset, replicas[batches % replicas.Length]));
                if (batches % 100 == 99)
                {
                    output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{producer}: {offset + batch.Length:N0} events pushed"));
                }
                if (shuffle is not null && batches % 10 == 0)
                {
                    Assert.Equal((0, batch.Length), await store.PushAsync(batch, producer, offset, replicas[^1]));
                }
            }
        }
    }

    private static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes));

    private void Say(string what, long started) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s"));
}
