using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using MlAspire.Monitoring.Tests.Hosting;
using static MlAspire.Monitoring.Tests.Logs.LogsFolder;

namespace MlAspire.Monitoring.Tests.Logs;

public sealed class LogSearchTests : IAsyncLifetime
{
    private readonly LogsFolder folder = new();
    private RunningMonitoring monitoring = null!;

    public async ValueTask InitializeAsync() => monitoring = await RunningMonitoring.StartAsync(("Logs:Directory", folder.Path));

    public async ValueTask DisposeAsync()
    {
        await monitoring.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task The_lines_of_one_request_are_found_among_a_hundred_thousand_of_five_services_in_the_order_of_time()
    {
        string[] services = ["gateway", "feature-store", "inference", "monitoring", "flights"];
        for (var s = 0; s < services.Length; s++)
        {
            folder.Write(services[s], Enumerable.Range(0, 20_000).Select(i => Line(i, $"line {i}", ("service", services[s]), ("correlation_id", i == 7_000 + s ? "flight-17" : $"flight-17{i}"))));
        }

        var answer = await AskAsync("correlation_id=flight-17");

        Assert.Equal(services, Lines(answer).Select(line => (string)line["service"]!));
        Assert.Equal(services.Select((_, s) => $"line {7_000 + s}"), Messages(answer));
        Assert.Equal((5, 0, true), ((int)answer["matched"]!, (int)answer["unreadable"]!, (bool)answer["complete"]!));
    }

    [Fact]
    public async Task Fields_level_and_time_are_asked_for_together()
    {
        folder.Write("gateway",
            Line(0, "too early", ("level", "ERROR"), ("model_version", "2")),
            Line(1, "other version", ("level", "ERROR"), ("model_version", "1")),
            Line(2, "too low", ("model_version", "2")),
            Line(3, "this", ("level", "CRITICAL"), ("model_version", "2"), ("rows", 3)),
            Line(4, "other rows", ("level", "ERROR"), ("model_version", "2"), ("rows", 33)),
            Line(9, "too late", ("level", "ERROR"), ("model_version", "2"), ("rows", 3)));

        Assert.Equal(["this"], Messages(await AskAsync("model_version=2&rows=3&level=WARNING&from=2001-03-01T12:00:01Z&to=2001-03-01T13:00:05%2B01:00")));
    }

    [Theory]
    [InlineData("say \"hi\"\nto Größe & <Co>")]
    [InlineData("plain-text_1.5:x")]
    public async Task A_value_is_found_however_the_line_spells_it(string value)
    {
        folder.Write("gateway", Line(0, "this", ("note", value)), Line(1, "other", ("note", value + "x")), Line(2, "nested", ("nested", new JsonObject { ["note"] = value })));

        Assert.Equal(["this"], Messages(await AskAsync($"note={Uri.EscapeDataString(value)}")));
    }

    [Fact]
    public async Task Closed_files_are_read_too_and_cut_off_lines_are_counted()
    {
        folder.Write("gateway", Line(5, "now", ("event", "x")), "{\"timestamp\":\"2001-03-01T12:00:06Z\",\"event\":\"x\",\"mess");
        folder.Write("other", "no json", Line(6, "last", ("event", "x")));
        await using (var archive = new GZipStream(File.Create(folder.FileOf("gateway").Replace(".jsonl", "-20010301T120000000Z.jsonl.gz", StringComparison.Ordinal)), CompressionLevel.Fastest))
        {
            archive.Write(System.Text.Encoding.UTF8.GetBytes(Line(0, "before", ("event", "x")) + "\n"));
        }

        var answer = await AskAsync("event=x");

        Assert.Equal(["before", "now", "last"], Messages(answer));
        Assert.Equal(1, (int)answer["unreadable"]!);
    }

    [Fact]
    public async Task Of_more_lines_than_are_wanted_the_newest_are_answered()
    {
        folder.Write("gateway", Enumerable.Range(0, 50).Select(i => Line(i, $"{i}")));

        var answer = await AskAsync("limit=3");

        Assert.Equal(["47", "48", "49"], Messages(answer));
        Assert.Equal(50, (int)answer["matched"]!);
    }

    [Theory]
    [InlineData("level=LOUD", "level")]
    [InlineData("from=yesterday", "from")]
    [InlineData("from=2001-03-01T12:00:00", "from")] // without its offset
    [InlineData("from=2001-03-02T00:00:00Z&to=2001-03-01T00:00:00Z", "to")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=10001", "limit")]
    [InlineData("event=a&event=b", "event")]
    [InlineData("event=", "event")]
    public async Task What_is_wrong_with_a_question_is_named(string question, string field)
    {
        using var response = await monitoring.Host.Client.GetAsync($"/v1/logs?{question}", TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains($"\"{field}\"", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_folder_it_says_so()
    {
        await using var without = await RunningMonitoring.StartAsync();
        using var response = await without.Host.Client.GetAsync("/v1/logs", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
        Assert.Contains("Logs:Directory", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private async Task<JsonNode> AskAsync(string question)
    {
        using var response = await monitoring.Host.Client.GetAsync($"/v1/logs?{question}", TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
    }

    private static IEnumerable<JsonNode> Lines(JsonNode answer) => answer["lines"]!.AsArray().Select(line => line!);

    private static IEnumerable<string> Messages(JsonNode answer) => Lines(answer).Select(line => (string)line["message"]!);
}
