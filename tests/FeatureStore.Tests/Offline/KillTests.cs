using MlAspire.FeatureStore.Offline;
using MlAspire.Pipelines.Flights;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Offline;

/// <summary>A replica that is killed amid ingest, beside another, loses and doubles nothing. 3 kills; with <c>MLASPIRE_KILLS=1000</c> as many (<c>./mlaspire features kill</c>).</summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private readonly LogFolder[] folders = [new(), new()];
    private readonly RealFlights flights = new(RealFlights.TwoWeeks);

    public void Dispose() => Array.ForEach(folders, folder => folder.Dispose());

    [Fact]
    public async Task Two_replicas_killed_in_turn_at_random_moments_amid_ingest_end_with_the_exact_sums_in_Redis_and_every_row_once_in_their_logs()
    {
        var kills = int.Parse(Environment.GetEnvironmentVariable("MLASPIRE_KILLS") ?? "3", System.Globalization.CultureInfo.InvariantCulture);
        await using var store = await Store.WithoutReplicaAsync();
        var random = new Random(11);
        const int BatchRows = 50;
        var (offset, done) = (0, 0);
        using var replicas = new Pair(await StartAsync(store.Redis, folders[0]), await StartAsync(store.Redis, folders[1]));
        for (; done < kills; done++)
        {
            var victim = random.Next(2);
            var killing = Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 60)), TestContext.Current.CancellationToken).ContinueWith(_ => replicas[victim].Kill(), TaskScheduler.Default);
            for (var to = 0; ; to = 1 - to, offset += BatchRows)
            {
                if (await TryPushAsync(store, replicas[to].Client, offset % Total, BatchRows, offset))
                {
                    continue;
                }
                // The batch that was cut off: pushed to the other, it counts once whatever had become of it.
                Assert.Equal(victim, to);
                Assert.True(await TryPushAsync(store, replicas[1 - to].Client, offset % Total, BatchRows, offset));
                offset += BatchRows;
                break;
            }
            await killing;
            replicas[victim] = await StartAsync(store.Redis, folders[victim]);
        }

        await using var reference = await Store.StartAsync();
        for (var at = 0; at < offset; at += BatchRows)
        {
            await reference.PushAsync(Batch(at % Total, BatchRows), "flights-landings", at);
        }
        Assert.Equal(await reference.DumpAsync(), await store.DumpAsync());
        var logged = LogReader.Applied([.. folders.Select(folder => folder.Path)]).SelectMany(f => f.Positions.Select(i => f.Rows.Offsets.First + i));
        Assert.Equal(Enumerable.Range(0, offset).Select(i => (long)i), logged.Order());
        output.WriteLine($"{done} kills, {offset:N0} rows in {offset / BatchRows:N0} acknowledged batches: none lost, none doubled, in Redis and in the logs");
    }

    private int Total => flights.Count(FlightEventKind.Landing) / 50 * 50;

    private Flights.Event[] Batch(int start, int rows) => flights.Events(FlightEventKind.Landing, start, start + rows);

    private async Task<bool> TryPushAsync(Store store, HttpClient client, int start, int rows, long offset)
    {
        try
        {
            await store.PushAsync(Batch(start, rows), "flights-landings", offset, client);
            return true;
        }
        catch (HttpRequestException)
        {
            return false; // killed
        }
    }

    private static Task<ServiceProcess> StartAsync(RedisServer redis, LogFolder folder) =>
        ServiceProcess.StartAsync("MlAspire.FeatureStore.dll", $"--ConnectionStrings:redis={redis.ConnectionString}", $"--Offline:Directory={folder.Path}");

    /// <summary>Two replicas; of one that takes the place of another the other ends.</summary>
    private sealed class Pair(params ServiceProcess[] replicas) : IDisposable
    {
        public ServiceProcess this[int at]
        {
            get => replicas[at];
            set
            {
                replicas[at].Dispose();
                replicas[at] = value;
            }
        }

        public void Dispose() => Array.ForEach(replicas, replica => replica.Dispose());
    }
}
