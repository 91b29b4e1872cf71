using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MlAspire.FeatureStore.Offline;
using MlAspire.Pipelines.Flights;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Offline;

/// <summary>A replica that is killed amid ingest loses and doubles nothing. 3 kills; with <c>MLASPIRE_KILLS=1000</c> as many (<c>./mlaspire features kill</c>).</summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    private readonly LogFolder folder = new();
    private readonly RealFlights flights = new(RealFlights.TwoWeeks);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Killed_at_random_moments_amid_ingest_it_ends_with_the_exact_sums_in_Redis_and_every_row_once_in_the_log()
    {
        var kills = int.Parse(Environment.GetEnvironmentVariable("MLASPIRE_KILLS") ?? "3", System.Globalization.CultureInfo.InvariantCulture);
        await using var store = await Store.StartAsync();
        var random = new Random(11);
        const int BatchRows = 50;
        var (offset, done, batches) = (0, 0, 0);
        while (done < kills)
        {
            using var replica = await StartAsync(store.Redis);
            using var client = new HttpClient { BaseAddress = replica.Address };
            Task? killing = null;
            while (await TryPushAsync(store, client, offset % Total, BatchRows, offset))
            {
                offset += BatchRows;
                batches++;
                killing ??= Task.Delay(TimeSpan.FromMilliseconds(random.Next(0, 60)), TestContext.Current.CancellationToken).ContinueWith(_ => replica.Kill(), TaskScheduler.Default);
            }
            await killing!;
            if (++done % 25 == 0) { output.WriteLine($"{done:N0} kills, {offset:N0} rows taken"); }
        }
        using (var last = await StartAsync(store.Redis))
        {
            // The batch that was cut off: pushed again, it counts once whatever had become of it.
            using var client = new HttpClient { BaseAddress = last.Address };
            Assert.True(await TryPushAsync(store, client, offset % Total, BatchRows, offset));
            offset += BatchRows;
        }

        await using var reference = await Store.StartAsync();
        for (var at = 0; at < offset; at += BatchRows) { await reference.PushAsync(Batch(at % Total, BatchRows), "flights-landings", at); }
        Assert.Equal(await reference.DumpAsync(), await store.DumpAsync());
        var logged = LogReader.Applied([folder.Path]).SelectMany(f => Enumerable.Range(0, f.Rows.Count).Take(f.New).Select(i => f.Rows.Offsets.First + i));
        Assert.Equal(Enumerable.Range(0, offset).Select(i => (long)i), logged);
        output.WriteLine($"{done} kills, {offset:N0} rows in {batches + 1:N0} acknowledged batches: none lost, none doubled, in Redis and in the log");
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

    private async Task<Replica> StartAsync(RedisServer redis)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var program = Path.Combine(AppContext.BaseDirectory, "MlAspire.FeatureStore.dll");
        var process = Process.Start(new ProcessStartInfo("dotnet", [program, $"--urls={address}", $"--ConnectionStrings:redis={redis.ConnectionString}", $"--Offline:Directory={folder.Path}"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var replica = new Replica(process, address);
        using var client = new HttpClient { BaseAddress = address };
        await Eventually.TrueAsync("the replica to be ready", async () => (await client.GetAsync("/health/ready")).IsSuccessStatusCode, TimeSpan.FromSeconds(60));
        return replica;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed record Replica(Process Process, Uri Address) : IDisposable
    {
        public void Kill()
        {
            Process.Kill(); // SIGKILL
            Process.WaitForExit();
        }

        public void Dispose()
        {
            if (!Process.HasExited) { Kill(); }
            Process.Dispose();
        }
    }
}
