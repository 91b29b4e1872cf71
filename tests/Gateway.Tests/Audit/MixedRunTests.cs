using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

/// <summary>Answered, failed and refused requests at once. <c>AUDIT_MIXED</c> says how many (default 500).</summary>
public sealed class MixedRunTests
{
    private const string Key = "auditor-0123456789abcdef0123456789abcdef";

    private static readonly string[] AllSpans = ["POST /v1/models/{name}/predict", "route", "features.fetch", "preprocess", "infer", "postprocess", "audit.commit"];

    [Fact]
    public async Task Every_id_leads_to_its_log_line_its_trace_and_its_audit_record()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        var toCollector = collector.Arguments.Append("--OTEL_BSP_MAX_QUEUE_SIZE=1000000").Select(argument => argument[2..].Split('=', 2)).Select(setting => (setting[0], setting[1])).ToArray();
        await using var gateway = await RunningGateway.StartAsync(
            null, [.. toCollector, ("Telemetry:Level", "Standard"), ("Telemetry:SampledShare", "0.2"), ("Access:Keys:auditor:Secret", Key), ("Access:Keys:auditor:Scopes", "audit.read"), ("Audit:SegmentBytes", "1000000"), ("Limits:MinConcurrency", "512"),
            ("Logging:File:LogLevel:Default", "Warning"), ("Logging:File:LogLevel:MlAspire", "Information")]); // all lines of 10,000 requests are more than one file
        var answer = gateway.Inference.Answer;
        gateway.Inference.Answer = (request, response) => InferenceStandIn.TensorOf(request)[2] == 666 ? FailAsync(response) : answer(request, response);
        var count = int.Parse(Environment.GetEnvironmentVariable("AUDIT_MIXED") ?? "500", CultureInfo.InvariantCulture);

        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken }, async (i, _) =>
        {
            var request = RunningGateway.Request(MilesOf(i));
            request["prediction_ids"] = new JsonArray($"p-{i}");
            await gateway.PostAsync(request, headers: ("x-correlation-id", $"c-{i}"));
        });

        await Eventually.TrueAsync($"{count} request lines", () => gateway.Log.Lines().Count(IsPredict) >= count, TimeSpan.FromSeconds(60));
        var lines = gateway.Log.Lines().Where(IsPredict).Select(line => JsonNode.Parse(line)!).ToDictionary(line => (string)line["correlation_id"]!);
        Assert.Equal(count, lines.Count);
        await AllSpansAsync(collector, lines.Values);
        await Parallel.ForEachAsync(Enumerable.Range(0, count), TestContext.Current.CancellationToken, async (i, _) =>
        {
            var (status, found) = await FindAsync(gateway, i);
            var line = lines[$"c-{i}"];
            Assert.Equal(MilesOf(i) == -1 ? 400 : MilesOf(i) == 666 ? 500 : 200, (int)line["status_code"]!);
            Assert.Equal(MilesOf(i) == -1 ? 404 : 200, status);
            if (status == 200)
            {
                Assert.Equal(($"c-{i}", (string?)line["trace_id"], MilesOf(i)), ((string)found["correlation_id"]!, (string?)found["trace_id"], (double)found["inputs"]!["distance_miles"]!));
            }
        });
    }

    /// <summary>The spans of every trace that its line says is told are at the collector, all of them, and of the others, whose line says that they were left out, none.</summary>
    private static async Task AllSpansAsync(OtlpReceiver collector, IReadOnlyCollection<JsonNode> lines)
    {
        var told = lines.Where(line => (string?)line["detail"] is not null).ToDictionary(line => (string)line["trace_id"]!, line => (int)line["status_code"]!);
        var traces = lines.Select(line => (string)line["trace_id"]!).ToHashSet();
        var expected = told.SelectMany(trace => SpansOf(trace.Value).Select(name => $"{trace.Key} {name}")).Order().ToArray();
        string[] Found() => [.. collector.Spans.Where(span => traces.Contains(span.TraceId) && AllSpans.Contains(span.Name)).Select(span => $"{span.TraceId} {span.Name}").Order()];

        await Eventually.TrueAsync($"{expected.Length} spans", () => Found().Length >= expected.Length, TimeSpan.FromSeconds(60));
        Assert.Equal(expected, Found());
        Assert.Contains(lines, line => line["detail"] is null && (int)line["status_code"]! == 200);
        Assert.Contains(lines, line => (string?)line["detail"] == "sampled" && (int)line["status_code"]! == 200);
        Assert.All(lines.Where(line => (int)line["status_code"]! == 500), line => Assert.NotNull((string?)line["detail"]));
    }

    private static string[] SpansOf(int status) => status switch
    {
        200 => AllSpans,
        500 => AllSpans[..5],
        _ => AllSpans[..1],
    };

    // Every tenth is refused (a distance below 0), every seventh of the others fails.
    private static double MilesOf(int i) => i % 10 == 0 ? -1 : i % 7 == 0 ? 666 : 700 + (i % 100);

    private static bool IsPredict(string line) => line.Contains("\"request_completed\"", StringComparison.Ordinal) && line.Contains("/predict", StringComparison.Ordinal);

    private static async Task<(int Status, JsonNode Record)> FindAsync(RunningGateway gateway, int i)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, $"/v1/predictions/p-{i}");
        message.Headers.Add("x-api-key", Key);
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        var body = await RunningGateway.BodyOfAsync(response);
        return ((int)response.StatusCode, body["record"] ?? body);
    }

    private static Task FailAsync(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status500InternalServerError;
        return response.WriteAsJsonAsync(new { error = "the model failed" });
    }
}
