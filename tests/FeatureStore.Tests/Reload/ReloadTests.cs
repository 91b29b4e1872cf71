using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using MlAspire.FeatureStore.Reload;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Reload;

public sealed class ReloadTests
{
    [Fact]
    public async Task A_changed_file_is_served_within_two_seconds()
    {
        await using var store = await StartAsync();
        await ReloadAsync(store, Drivers.Registry.Replace("\"rating\", \"tags\", \"trips\"", "\"tags\", \"trips\"", StringComparison.Ordinal));
        Assert.Equal(["hour_shifts_1h: null NOT_FOUND null", "driver_state: null NOT_FOUND null", "driver_tags: null NOT_FOUND null", "driver_trips: null NOT_FOUND null", "driver_since: null NOT_FOUND null", "hour_mean_trips_1h: null NOT_FOUND null"],
            await Drivers.ReadAsync(store));
    }

    [Fact]
    public async Task A_wrong_file_leaves_what_was_served_and_all_its_problems_are_told()
    {
        await using var store = await StartAsync();
        var before = await StatusAsync(store);
        Write(store, Drivers.Registry.Replace("\"retention\": \"P2D\"", "\"retention\": \"P91D\"", StringComparison.Ordinal).Replace("\"range\": [0, 5]", "\"range\": [5, 0]", StringComparison.Ordinal));
        store.Time.Advance(RegistryWatcher.Interval);
        var status = await Eventually.ValueAsync("the problems to be told", async () => await StatusAsync(store) is { } now && now["problems"]!.AsArray().Count > 0 ? now : null);

        Assert.Equal((string)before["sha256"]!, (string)status["sha256"]!);
        Assert.Equal(["$.featureViews[0].features[0].range: must be [lowest, highest]", "$.featureViews[1].retention: must be at most P90D"],
            status["problems"]!.AsArray().Select(problem => $"{problem!["path"]}: {problem["message"]}"));
        var logged = Assert.Single(store.Logs.Named("registry_unusable"));
        Assert.Equal((LogLevel.Error, 2), (logged.Level, logged.Fields["Count"]));
        Assert.All(status["problems"]!.AsArray(), problem => Assert.Contains($"{problem!["path"]}: {problem["message"]}", logged.Message, StringComparison.Ordinal));
        Assert.Equal(7, (await Drivers.ReadAsync(store)).Count);
        Assert.Equal(("Degraded", HttpStatusCode.OK), await HealthAsync(store));

        await ReloadAsync(store, Drivers.Registry + "\n");
        Assert.Empty((await StatusAsync(store))["problems"]!.AsArray());
        Assert.Equal(("Healthy", HttpStatusCode.OK), await HealthAsync(store));
    }

    [Theory]
    [InlineData(null, "$")]
    [InlineData("{", "$")]
    [InlineData("another project", "$.project")]
    public async Task A_file_that_is_gone_cut_off_or_of_another_project_is_not_taken_over(string? text, string path)
    {
        await using var store = await StartAsync();
        if (text is null)
        {
            File.Delete(PathOf(store));
        }
        else
        {
            Write(store, text == "{" ? text : Drivers.Registry.Replace("\"taxi\"", "\"bus\"", StringComparison.Ordinal));
        }
        store.Time.Advance(RegistryWatcher.Interval);
        var problems = await Eventually.ValueAsync("the problem to be told", async () => (await StatusAsync(store))["problems"] is JsonArray { Count: > 0 } found ? found : null);
        Assert.Equal(path, (string)Assert.Single(problems)!["path"]!);
        (await store.PostAsync("/push", Drivers.Push(store.Time.GetUtcNow()))).EnsureSuccessStatusCode();
        Assert.Contains("hour_shifts_1h: 1 PRESENT 0", await Drivers.ReadAsync(store));
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_told_once_and_read_when_it_can()
    {
        await using var store = await StartAsync();
        var changed = Drivers.Registry.Replace("\"rating\", \"tags\", \"trips\"", "\"tags\", \"trips\"", StringComparison.Ordinal);
        var sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(changed)));
        await using (var held = new FileStream(PathOf(store), FileMode.Create, FileAccess.Write, FileShare.None))
        {
            held.Write(System.Text.Encoding.UTF8.GetBytes(changed));
            held.Flush();
            for (var i = 0; i < 3; i++)
            {
                store.Time.Advance(RegistryWatcher.Interval);
                await Eventually.TrueAsync("the problem to be told", async () => (await StatusAsync(store))["problems"]!.AsArray().Count > 0);
            }
            Assert.NotEqual(sha256, (string)(await StatusAsync(store))["sha256"]!);
        }

        await Eventually.TrueAsync("the file to be served", async () =>
        {
            store.Time.Advance(RegistryWatcher.Interval);
            return (string)(await StatusAsync(store))["sha256"]! == sha256;
        });
        Assert.Empty((await StatusAsync(store))["problems"]!.AsArray());
        Assert.Single(store.Logs.Named("registry_unusable"));
    }

    [Fact]
    public async Task Values_of_another_definition_are_not_read_and_come_back_with_their_own()
    {
        await using var store = await StartAsync();
        (await store.PostAsync("/push", Drivers.Push(store.Time.GetUtcNow(), trips: "50"))).EnsureSuccessStatusCode();
        Assert.Contains("hour_mean_trips_1h: 50 PRESENT 0", await Drivers.ReadAsync(store));

        await ReloadAsync(store, Drivers.Registry.Replace("\"clip\": [0, 100]", "\"clip\": [0, 10]", StringComparison.Ordinal));
        Assert.Contains("hour_mean_trips_1h: null NOT_FOUND null", await Drivers.ReadAsync(store));
        (await store.PostAsync("/push", Drivers.Push(store.Time.GetUtcNow(), trips: "60"))).EnsureSuccessStatusCode();
        Assert.Contains("hour_mean_trips_1h: 10 PRESENT 0", await Drivers.ReadAsync(store));

        await ReloadAsync(store, Drivers.Registry);
        Assert.Contains("hour_mean_trips_1h: 50 PRESENT 0", await Drivers.ReadAsync(store));
    }

    [Fact]
    public async Task A_request_sees_one_registry_from_start_to_end_and_no_push_is_lost_while_it_changes()
    {
        await using var store = await StartAsync();
        // Version 2 has another order, another layout of the row, and a feature less: a mixture of the two would be seen, or fail.
        var second = Drivers.Registry.Replace("\"version\": 1", "\"version\": 2", StringComparison.Ordinal).Replace("\"state\", \"rating\", \"tags\", \"trips\", \"since\"", "\"trips\", \"state\"", StringComparison.Ordinal)
            .Replace("{ \"name\": \"rating\", \"type\": \"FLOAT\", \"range\": [0, 5] }, ", "", StringComparison.Ordinal);
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var seen = new HashSet<string>();
            while (!stop.IsCancellationRequested)
            {
                var response = await store.PostAsync("/v1/features/online", """{"feature_service":"driver_activity","entities":{"driver_id":[1001]}}""");
                var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
                Assert.True(response.IsSuccessStatusCode, answer.ToJsonString());
                seen.Add($"{answer["version"]}: {string.Join(' ', answer["features"]!.AsArray().Select(feature => feature!["name"]))}");
            }
            return seen;
        })).ToArray();
        var writer = Task.Run(async () =>
        {
            var offset = 0;
            for (; !stop.IsCancellationRequested; offset++)
            {
                var push = JsonNode.Parse(Drivers.Push(store.Time.GetUtcNow(), trips: "7"))!;
                (push["producer"], push["offset"]) = ("taxi", offset);
                var response = await store.PostAsync("/push", push.ToJsonString());
                Assert.Equal("""{"accepted":1,"skipped":0}""", await response.Content.ReadAsStringAsync());
            }
            return offset;
        });
        for (var i = 0; i < 20; i++)
        {
            await ReloadAsync(store, i % 2 == 0 ? second : Drivers.Registry);
        }
        await stop.CancelAsync();

        string[] whole = ["1: hour_shifts_1h driver_state driver_rating driver_tags driver_trips driver_since hour_mean_trips_1h", "2: hour_shifts_1h driver_trips driver_state hour_mean_trips_1h"];
        Assert.All((await Task.WhenAll(readers)).SelectMany(seen => seen), seen => Assert.Contains(seen, whole));
        Assert.Equal($$"""{"producer":"taxi","next_offset":{{await writer}}}""", await store.Client.GetStringAsync("/v1/producers/taxi"));
    }

    private static string PathOf(Store store) => Path.Combine(store.Folder, "features.json");

    private static void Write(Store store, string registry) => File.WriteAllText(PathOf(store), registry);

    private static async Task<Store> StartAsync()
    {
        var store = await Store.WithoutReplicaAsync();
        Write(store, Drivers.Registry);
        // The clock of the reloads is that of the time-outs, too.
        await store.AddReplicaAsync(settings: [("Registry:Path", PathOf(store)), ("Redis:CommandTimeoutMilliseconds", "60000")]);
        return store;
    }

    /// <summary>Changes the file and waits until it is served.</summary>
    private static async Task ReloadAsync(Store store, string registry)
    {
        Write(store, registry);
        var sha256 = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(registry)));
        store.Time.Advance(RegistryWatcher.Interval);
        await Eventually.TrueAsync("the changed registry to be served", async () => (string)(await StatusAsync(store))["sha256"]! == sha256);
    }

    private static async Task<JsonNode> StatusAsync(Store store) => JsonNode.Parse(await store.Client.GetStringAsync("/v1/registry/status"))!;

    private static async Task<(string Status, HttpStatusCode Code)> HealthAsync(Store store)
    {
        store.Time.Advance(TimeSpan.FromSeconds(1)); // a verdict is given again for a second
        var response = await store.Client.GetAsync("/health/ready");
        return ((string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["checks"]!["registry"]!["status"]!, response.StatusCode);
    }
}
