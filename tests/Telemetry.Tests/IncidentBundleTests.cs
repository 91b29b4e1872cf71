using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using MlAspire.ServiceDefaults.Access;
using MlAspire.Testing;

namespace MlAspire.Telemetry.Tests;

/// <summary>Redis is lost under requests and comes back; the archive of that time says what happened.</summary>
public sealed class IncidentBundleTests
{
    private const string OthersKey = "SECRET7Q-others-0123456789abcdef0123456789";
    private const string WrongKey = "SECRET7Q-wrong-0123456789abcdef0123456789";
    private const string PseudonymsKey = "SECRET7Q-pseudonyms-0123456789abcdef";
    private const string User = "SECRET7Q-user";

    [Fact]
    public async Task The_archive_of_a_lost_redis_answers_the_ten_questions_and_holds_no_secret()
    {
        using var witness = new TemporaryFolder();
        await using var services = await RunningServices.StartAsync(configure: (service, builder) => Configure(service, builder, witness.Path));
        services.Watch();
        services.Tell(RunningServices.Gateway, [RunningServices.Monitoring]);
        var from = TimeProvider.System.GetUtcNow();
        await services.AdminAsync(HttpMethod.Put, "/v1/models/flight-delay/route", """{"aliases": {"champion": "1"}}""");
        await AskAsync(services, 20, "?version=1", HttpStatusCode.OK);

        await services.Redis.KillAsync();
        await HealthAsync(services, "Unhealthy");
        await AskAsync(services, 12, "?version=1", HttpStatusCode.ServiceUnavailable);
        await AskAsync(services, 3, "", HttpStatusCode.OK);
        await services.Redis.RestartAsync();
        await HealthAsync(services, "Healthy");
        await services.SendAsync(HttpMethod.Get, "/v1/predictions/any?api_key=" + WrongKey, null, (ApiKey.Header, WrongKey));

        await Eventually.TrueAsync("a witnessed checkpoint", async () => (await services.HostOf(RunningServices.Monitoring).Client.GetAsync("/v1/witness/checkpoint?origin=mlaspire/gateway")).IsSuccessStatusCode);

        var files = await BundleAsync(services, from);

        var answers = AnswersOf(files["summary.md"]);
        Assert.Equal(10, answers.Count);
        Assert.Contains("began at ", answers[0][0], StringComparison.Ordinal);
        Assert.Matches(@"^ended at .*Z: (gateway|feature-store|monitoring) service_healthy$", answers[0][1]);
        Assert.Contains(answers[1], line => line.StartsWith("feature-store from ", StringComparison.Ordinal) && line.Contains("Unhealthy: redis: ", StringComparison.Ordinal) && !line.Contains("to the end", StringComparison.Ordinal));
        Assert.Matches(@"^flight-delay version 1 \(stable, sha256:[0-9a-f]{64}\): 20 rows$", answers[2][0]);
        Assert.Matches(@"^flight-delay-request-only version 1 \(fallback, sha256:[0-9a-f]{64}\): 3 rows$", answers[2][1]);
        Assert.Contains(answers[3], line => line.EndsWith("route_changed by operator: flight-delay", StringComparison.Ordinal));
        Assert.Equal("12 of 35 rows failed", answers[4][0]);
        Assert.StartsWith("unavailable (flight-delay): ", answers[4][1], StringComparison.Ordinal);
        Assert.Equal("none", answers[5][0]); // every segment failed
        Assert.StartsWith("check redis of feature-store", answers[6][0], StringComparison.Ordinal);
        Assert.Contains(answers[6], line => line.StartsWith("feature-store redis_lost: ", StringComparison.Ordinal));
        Assert.Equal("yes: flight-delay-request-only for flight-delay: 3 rows", answers[7][0]);
        Assert.Matches("^[0-9]+ records are proven under a signed checkpoint of [0-9]+, which agrees with the [0-9]+ that the witness saw$", answers[8][0]);
        Assert.StartsWith("spans: ", Assert.Single(answers[9]), StringComparison.Ordinal);
        Assert.Superset(
            (HashSet<string>)[
                "audit/records-01.jsonl", "audit/route_changed.jsonl", "audit/pipeline_changed.jsonl", "audit/state-from.json", "audit/state-to.json", "configuration/models.json", "configuration/feature-registry.json", "configuration/model-repository.json",
                "health.json", "logs/lines.jsonl", "logs/warnings.jsonl", "metrics/gateway.prom", "metrics/monitoring.prom", "metrics/panels.json", "traces.jsonl", "failures.json",
            ],
            files.Keys.ToHashSet());
        Assert.Equal("1", (string?)JsonNode.Parse(files["audit/state-to.json"])!["routes"]!["flight-delay"]!["aliases"]!["champion"]);
        Assert.All(files, file => Assert.All([RunningServices.AdminKey, "SECRET7Q"], secret => Assert.DoesNotContain(secret, file.Value, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_wrong_key_gets_no_archive_and_what_does_not_answer_is_named_in_it()
    {
        await using var services = await RunningServices.StartAsync();
        services.Watch();
        services.HostOf(RunningServices.Monitoring).App.Configuration["services:feature-store:http:0"] = "http://127.0.0.1:1";
        using var refused = await SendAsync(services, TimeProvider.System.GetUtcNow().AddHours(-1), WrongKey);

        var answers = AnswersOf((await BundleAsync(services, TimeProvider.System.GetUtcNow().AddHours(-1)))["summary.md"]);

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("feature-store /v1/registry: does not answer: ConnectionError", answers[9]);
        Assert.Contains("feature-store /metrics: does not answer: ConnectionError", answers[9]);
        Assert.Equal(["none"], answers[0]);
        Assert.Equal(["no"], answers[7]);
        Assert.EndsWith("; no witness has seen the log", answers[8][0], StringComparison.Ordinal);
    }

    private static void Configure(string service, WebApplicationBuilder builder, string witness)
    {
        var key = Path.Combine(witness, "log.key");
        (string Key, string Value)[] settings = service switch
        {
            RunningServices.Gateway =>
            [
                ("Access:Keys:other:Secret", OthersKey), ("Access:Keys:other:Scopes", "predict"), ("Pseudonyms:Key", PseudonymsKey), ("Audit:Witnessed", "true"), ("Audit:KeyFile", key),
            ],
            RunningServices.Monitoring => [("Witness:Directory", witness), ("Witness:Logs:0:Origin", "mlaspire/gateway"), ("Witness:Logs:0:KeyFile", key)],
            _ => [],
        };
        Array.ForEach(settings, setting => builder.UseSetting(setting.Key, setting.Value));
    }

    private static async Task AskAsync(RunningServices services, int requests, string query, HttpStatusCode expected)
    {
        for (var i = 0; i < requests; i++)
        {
            var (status, _) = await services.SendAsync(HttpMethod.Post, $"/v1/models/flight-delay/predict{query}", RunningServices.Flight(), ("x-user-id", User), (ApiKey.Header, OthersKey));
            Assert.Equal(expected, status);
        }
    }

    private static Task HealthAsync(RunningServices services, string expected) => Eventually.TrueAsync($"feature-store and monitoring to be {expected}", async () =>
    {
        using var answer = await services.HostOf(RunningServices.Monitoring).Client.GetAsync("/v1/system-health");
        var health = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["services"]!;
        return ((string[])[RunningServices.FeatureStore, RunningServices.Monitoring]).All(service => (string?)health[service]?["status"] == expected) && (expected != "Healthy" || (string?)health[RunningServices.Gateway]?["status"] == expected);
    }, TimeSpan.FromSeconds(60));

    private static async Task<HttpResponseMessage> SendAsync(RunningServices services, DateTimeOffset from, string key)
    {
        using var question = new HttpRequestMessage(HttpMethod.Get, $"/v1/incidents/bundle?from={Uri.EscapeDataString(from.ToString("O", CultureInfo.InvariantCulture))}");
        question.Headers.Add(ApiKey.Header, key);
        return await services.HostOf(RunningServices.Monitoring).Client.SendAsync(question);
    }

    private static async Task<Dictionary<string, string>> BundleAsync(RunningServices services, DateTimeOffset from)
    {
        using var answer = await SendAsync(services, from, RunningServices.AdminKey);
        answer.EnsureSuccessStatusCode();
        Assert.Equal("application/zip", answer.Content.Headers.ContentType?.MediaType);
        using var zip = new ZipArchive(await answer.Content.ReadAsStreamAsync());
        return zip.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var reader = new StreamReader(entry.Open());
            return reader.ReadToEnd();
        });
    }

    private static List<string[]> AnswersOf(string summary) =>
        [.. summary.Split("\n## ")[1..].Select(answer => answer.Split('\n').Where(line => line.StartsWith("- ", StringComparison.Ordinal)).Select(line => line[2..]).ToArray())];

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("mlaspire-incident-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
