using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Tests.Cache;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Offline;

public sealed class LoggedIngestTests : IDisposable
{
    private readonly LogFolder folder = new();
    private HttpClient? second;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_push_that_would_make_too_many_bytes_wait_is_refused_and_one_alone_is_not()
    {
        await using var store = await Store.StartAsync(("Offline:Directory", folder.Path), ("Offline:MaxWaitingBytes", "65536"), ("Redis:CommandTimeoutMilliseconds", "60000"));
        await Eventually.TrueAsync("the log to be open", async () => (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode);
        var body = Store.Body([.. Enumerable.Repeat(new Flights.Event("landings", store.Time.GetUtcNow(), "ATL", "LAX", 20), 10_000)]).ToJsonString();
        await using var redis = await store.ConnectAsync();
        await redis.GetServers()[0].ExecuteAsync("CLIENT", "PAUSE", "60000", "WRITE");

        Task<HttpResponseMessage>[] pushes = [store.PostAsync("/push", body), store.PostAsync("/push", body)];
        var first = await Task.WhenAny(pushes).WithinAsync("the refusal");
        Assert.Equal(HttpStatusCode.TooManyRequests, (await first).StatusCode);
        await redis.GetServers()[0].ExecuteAsync("CLIENT", "UNPAUSE");

        Assert.Equal(HttpStatusCode.OK, (await pushes.Single(push => push != first)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await store.PostAsync("/push", body)).StatusCode);
    }

    [Fact]
    public async Task What_is_pushed_is_in_Redis_and_once_in_the_log()
    {
        var events = Flights.Random(31, 900);
        await using (var store = await StartAsync())
        {
            foreach (var source in events.GroupBy(e => e.Source))
            {
                Assert.Equal((source.Count(), 0), await store.PushAsync([.. source], source.Key));
            }
            Assert.Equal((0, 5), await store.PushAsync([.. events.Where(e => e.Source == "landings").Take(5)], "landings"));
            Assert.Equal((3, 0), await store.PushAsync([.. events.Where(e => e.Source == "landings").Take(3)]));
            await using var reference = await Store.StartAsync();
            foreach (var source in events.GroupBy(e => e.Source))
            {
                await reference.PushAsync([.. source]);
            }
            await reference.PushAsync([.. events.Where(e => e.Source == "landings").Take(3)]);
            Assert.Equal(Tiles(await reference.DumpAsync()), Tiles(await store.DumpAsync()));
        }
        Assert.Equal(903, LogReader.Applied([folder.Path]).Sum(f => f.Positions.Count()));
    }

    [Fact]
    public async Task Rows_that_were_logged_while_Redis_was_lost_are_applied_once_when_it_is_back()
    {
        await using var store = await StartAsync();
        var landings = Flights.Random(32, 100).Where(e => e.Source == "landings").Take(30).ToArray();
        await store.PushAsync(landings[..10], "radar");
        await store.PushAsync(landings[10..12]);
        await store.Redis.KillAsync();
        await AssertUnavailable(store.Client.PostAsJsonAsync("/push", Store.Body(landings[12..20])));
        await AssertUnavailable(store.Client.PostAsJsonAsync("/push", Store.Body(landings[20..])));

        await store.Redis.RestartAsync();
        await Eventually.TrueAsync("pushes to be taken again", async () =>
        {
            store.Time.Advance(TimeSpan.FromSeconds(2));
            return (await store.Client.PostAsJsonAsync("/push", Store.Body(landings[..10], "radar"))).IsSuccessStatusCode;
        });

        // Redis came back empty: the log gave back all it had taken, and what was refused before it was logged is not there.
        await using var reference = await Store.StartAsync();
        await reference.PushAsync(landings[..20]);
        Assert.Equal(Tiles(await reference.DumpAsync()), Tiles(await store.DumpAsync()));
    }

    [Fact]
    public async Task A_Redis_that_was_lost_and_came_back_between_two_pushes_gets_the_log_before_the_second()
    {
        await using var store = await StartAsync();
        var landings = Flights.Random(36, 100).Where(e => e.Source == "landings").Take(30).ToArray();
        await store.PushAsync(landings[..10], "radar");
        await store.Redis.RestartAsync();
        await Eventually.TrueAsync("the service to be ready again", async () =>
        {
            store.Time.Advance(TimeSpan.FromSeconds(2)); // it looks again after a while when Redis does not answer yet
            return (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode && (await store.Client.GetAsync("/v1/producers/radar")).IsSuccessStatusCode;
        });
        Assert.Equal((20, 0), await store.PushAsync(landings[10..], "radar", 10));

        await using var reference = await Store.StartAsync();
        await reference.PushAsync(landings);
        Assert.Equal(Tiles(await reference.DumpAsync()), Tiles(await store.DumpAsync()));
    }

    [Fact]
    public async Task A_Redis_that_came_back_empty_gets_the_log_without_a_push()
    {
        await using var store = await StartAsync();
        await store.PushAsync([.. Flights.Random(38, 100).Where(e => e.Source == "landings").Take(30)], "radar");
        var dump = await store.DumpAsync();
        await store.Redis.RestartAsync();
        await Eventually.TrueAsync("Redis to have what it had", async () =>
        {
            store.Time.Advance(TimeSpan.FromSeconds(2)); // a try that comes too early is made again then
            return (await store.DumpAsync()).SequenceEqual(dump);
        });
        await ReadyAsync(store);
    }

    [Fact]
    public async Task A_Redis_that_is_empty_at_the_start_gets_the_whole_log_to_the_same_bytes()
    {
        var events = Flights.Random(33, 2_000);
        List<string> dump;
        await using (var store = await StartAsync(("Offline:SegmentBytes", "4096")))
        {
            foreach (var batch in events.GroupBy(e => e.Source).SelectMany(source => source.Chunk(100).Select((rows, i) => (rows, source.Key, i))))
            {
                await store.PushAsync(batch.rows, batch.i % 3 == 0 ? null : batch.Key, 100 * batch.i);
            }
            dump = await store.DumpAsync();
        }
        Assert.True(folder.Segments.Length > 5);

        await using var again = await StartAsync();

        Assert.Equal(dump, await again.DumpAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_Redis_that_is_empty_gets_a_producers_batches_back_from_the_logs_of_several_replicas(bool cluster)
    {
        using var other = new LogFolder();
        var events = Flights.Random(38, 2_000).Where(e => e.Source == "landings").ToArray();
        List<string> dump;
        await using (var store = await StartTwoAsync())
        {
            foreach (var (i, batch) in events.Chunk(20).Index())
            {
                await store.PushAsync(batch, "radar", 20 * i, i % 2 == 0 ? store.Client : second!);
            }
            dump = await store.DumpAsync();
        }

        await using var again = await StartTwoAsync();
        Assert.Equal(Tiles(dump), Tiles(await again.DumpAsync()));
        Assert.Equal($$"""{"producer":"radar","next_offset":{{events.Length}}}""", await again.Client.GetStringAsync("/v1/producers/radar"));
        Assert.Equal((0, events.Length), await again.PushAsync(events, "radar"));

        async Task<Store> StartTwoAsync()
        {
            var store = await Store.StartAsync(cluster, ("Offline:Directory", folder.Path));
            await ReadyAsync(store);
            second = await store.AddReplicaAsync(settings: ("Offline:Directory", other.Path));
            await ReadyAsync(store, second);
            return store;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_Redis_that_is_lost_again_while_the_log_is_applied_gets_all_of_it(bool marked)
    {
        var landings = Flights.Random(37, 300).Where(e => e.Source == "landings").Take(100).ToArray();
        List<string> dump;
        await using (var store = await StartAsync())
        {
            foreach (var (i, batch) in landings.Chunk(10).Index())
            {
                await store.PushAsync(batch, "radar", 10 * i);
            }
            dump = await store.DumpAsync();
        }
        if (!marked)
        {
            File.Delete(Path.Combine(folder.Path, "applied"));
        }

        await using var again = await Store.WithoutReplicaAsync();
        var scripts = 0;
        await using var proxy = new RedisProxy(again.Redis.Port, async sent =>
        {
            if (sent.Contains("EVAL", StringComparison.Ordinal) && ++scripts == 6)
            {
                await again.Redis.RestartAsync();
            }
        });
        await again.AddReplicaAsync(connected: false, ("Offline:Directory", folder.Path), ("ConnectionStrings:redis", proxy.ConnectionString));
        await ReadyAsync(again);

        Assert.True(scripts > 6);
        Assert.Equal(dump, await again.DumpAsync());
    }

    [Fact]
    public async Task A_log_whose_mark_is_lost_is_applied_again_and_changes_nothing()
    {
        var landings = Flights.Random(34, 100).Where(e => e.Source == "landings").Take(30).ToArray();
        await using (var store = await StartAsync())
        {
            await store.PushAsync(landings[..10], "radar");
            await store.PushAsync(landings[10..]);
            var dump = await store.DumpAsync();
            await store.StopReplicasAsync();
            File.Delete(Path.Combine(folder.Path, "applied"));
            await store.AddReplicaAsync(settings: ("Offline:Directory", folder.Path));
            await ReadyAsync(store);
            Assert.Equal(dump, await store.DumpAsync());
        }
    }

    [Fact]
    public async Task While_the_log_cannot_be_written_pushes_are_unavailable_reads_go_on_and_readiness_says_why()
    {
        await using var store = await StartAsync(("Offline:SegmentBytes", "4096"), ("Offline:MaxBytes", "8192"));
        var landings = Flights.Random(35, 1_000).Where(e => e.Source == "landings").Take(400).ToArray();
        await store.PushAsync(landings[..10], "radar");
        await AssertUnavailable(store.Client.PostAsJsonAsync("/push", Store.Body(landings[10..], "radar", 10)));

        store.Time.Advance(TimeSpan.FromSeconds(2)); // an answer is kept for a second
        var ready = await store.Client.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("the feature log cannot be written: The log has reached Offline:MaxBytes (8192 bytes).", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("""{"producer":"radar","next_offset":10}""", await store.Client.GetStringAsync("/v1/producers/radar"));
        await store.ReadAsync(("ATL", "LAX", null));
        Assert.Equal((5, 0), await store.PushAsync(landings[10..15], "radar", 10));
    }

    private async Task<Store> StartAsync(params (string Key, string Value)[] settings)
    {
        var store = await Store.StartAsync([("Offline:Directory", folder.Path), .. settings]);
        await ReadyAsync(store);
        return store;
    }

    private static Task ReadyAsync(Store store, HttpClient? replica = null) => Eventually.TrueAsync("the log to be applied", async () =>
    {
        store.Time.Advance(TimeSpan.FromSeconds(2));
        return (await (replica ?? store.Client).GetAsync("/health/ready")).IsSuccessStatusCode;
    });

    private static async Task AssertUnavailable(Task<HttpResponseMessage> call)
    {
        var response = await call.WithinAsync("the answer that the rows are not taken");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("unavailable", (string)(await response.Content.ReadFromJsonAsync<JsonObject>())!["code"]!);
    }

    private static List<string> Tiles(List<string> dump) => dump.FindAll(line => line.StartsWith("ft:", StringComparison.Ordinal));
}
