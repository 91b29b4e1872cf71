using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

/// <summary>However a request ends, it is one line, and it has its audit records or was refused: none is lost, and none is counted twice.</summary>
public sealed class ConservationTests : IAsyncLifetime
{
    private const int Each = 6;
    private const int StreamedRows = 450; // three parts
    private const int Fails = 666;
    private const int Hangs = 777;

    private static readonly string[] Kinds =
    [
        "answered", "answered again", "three rows", "streamed", "model fails", "time is over", "caller goes", "streamed, fails", "streamed, caller goes",
        "wrong field", "not JSON", "no such model", "wrong key", "key without the scope", "too often", "half a request", "streamed, wrong row",
    ];

    private static readonly string[] Accepted = ["answered", "three rows", "streamed", "model fails", "time is over", "caller goes", "streamed, fails", "streamed, caller goes"];

    private readonly ConcurrentDictionary<string, TaskCompletionSource> hanging = new(); // by correlation id
    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(
        null, ("Limits:MinConcurrency", "512"), ("Access:Keys:auditor:Secret", KeyOf("auditor")), ("Access:Keys:auditor:Scopes", "audit.read"),
        ("Access:Keys:often:Secret", KeyOf("often")), ("Access:Keys:often:Scopes", "predict"), ("Access:Keys:often:RequestsPerSecond", "0.001"));

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task Requests_in_are_request_lines_and_are_those_with_records_those_answered_again_and_refused_ones()
    {
        var answer = gateway.Inference.Answer;
        gateway.Inference.Answer = (request, response) => InferenceStandIn.TensorOf(request)[2] switch
        {
            Fails => FailAsync(response),
            Hangs => HangAsync(request, response),
            _ => answer(request, response),
        };
        await gateway.PostAsync(RunningGateway.Request(700), headers: [("x-api-key", KeyOf("often")), ("x-correlation-id", "first")]); // all that it may
        await gateway.PostAsync(RunningGateway.Request(700), headers: [("idempotency-key", "order"), ("x-correlation-id", "order")]);
        var asked = Enumerable.Range(0, Each * Kinds.Length).Select(number => (Id: $"{number}-{Kinds[number % Kinds.Length].Replace(' ', '_').Replace(',', '.')}", Kind: Kinds[number % Kinds.Length])).ToArray();

        await Parallel.ForEachAsync(asked, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (one, _) => await AskAsync(one.Id, one.Kind));

        string[] all = [.. asked.Select(one => one.Id), "first", "order"];
        await Eventually.TrueAsync("a line of each request", () => Lines().Count >= all.Length);
        Assert.Equal(all.Order(), Lines().Order());
        var records = (await gateway.AuditAsync()).Select(record => JsonNode.Parse(record)!).GroupBy(record => (string)record["correlation_id"]!).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(
            [.. asked.Where(one => Accepted.Contains(one.Kind)).Select(one => (one.Id, RowsOf(one.Kind))).Append(("first", 1)).Append(("order", 1)).Order()],
            records.Select(pair => (pair.Key, pair.Value)).Order());
        using var metrics = new RecordedMetrics(gateway.Host.Services.GetRequiredService<IMeterFactory>());
        Assert.Equal(
            WrittenAudit.Records(gateway.AuditDirectory).GroupBy(record => (string)JsonNode.Parse(record)!["event"]!).Select(group => (group.Key, (double)group.Count())).Order(),
            Counted(metrics).Order());
    }

    /// <summary>Records on disk by event, as the metric has it.</summary>
    private static IEnumerable<(string Event, double Records)> Counted(RecordedMetrics metrics)
    {
        metrics.Observe();
        return metrics.Of("ml.audit.records").Select(each => ((string)each.Tags["event"]!, each.Value));
    }

    private List<string> Lines() => [.. gateway.Host.Logs.Named("request_completed").Select(line => (string)line.Fields.First(field => field.Key is "correlation_id" or "CorrelationId").Value!)];

    /// <summary>Rows of which there is a record each: of those that stream, what a part was begun with.</summary>
    private static int RowsOf(string kind) => kind switch
    {
        "three rows" => 3,
        "streamed" => StreamedRows,
        "streamed, fails" or "streamed, caller goes" => 400, // in the second part
        _ => 1,
    };

    private async Task AskAsync(string id, string kind)
    {
        if (kind == "half a request")
        {
            await SendHalfAsync(id);
            return;
        }

        using var left = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, kind == "no such model" ? "/v1/models/unknown/predict" : RunningGateway.Predict) { Content = new StringContent(BodyOf(kind), Encoding.UTF8, "application/json") };
        request.Headers.Add("x-correlation-id", id);
        foreach (var (name, value) in HeadersOf(kind))
        {
            request.Headers.Add(name, value);
        }

        var hangs = hanging[id] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            var sending = gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, left.Token);
            if (kind == "caller goes")
            {
                await hangs.Task.WithinAsync("the request at the model");
                await left.CancelAsync();
            }

            using var response = await sending;
            if (kind == "streamed, caller goes")
            {
                await hangs.Task.WithinAsync("the second part at the model");
                return;
            }

            await response.Content.ReadAsStringAsync(left.Token);
            Assert.Equal(StatusOf(kind), response.StatusCode);
        }
        catch (OperationCanceledException) when (kind == "caller goes")
        {
        }
    }

    private Task HangAsync(Asked request, HttpResponse response)
    {
        hanging[request.Header("x-correlation-id")!].TrySetResult();
        return Task.Delay(Timeout.Infinite, response.HttpContext.RequestAborted);
    }

    private static string BodyOf(string kind) => kind switch
    {
        "wrong field" => """{"rows": 1}""",
        "not JSON" => "text",
        "three rows" => RunningGateway.Request(700, 701, 702).ToJsonString(),
        "model fails" => RunningGateway.Request(Fails).ToJsonString(),
        "time is over" or "caller goes" => RunningGateway.Request(Hangs).ToJsonString(),
        "streamed" => RowsFrom(700, 700),
        "streamed, fails" => RowsFrom(700, Fails),
        "streamed, caller goes" => RowsFrom(700, Hangs),
        "streamed, wrong row" => RowsFrom(700, -1),
        _ => RunningGateway.Request(700).ToJsonString(),
    };

    /// <summary>The second part begins with <paramref name="second"/>.</summary>
    private static string RowsFrom(double first, double second) => RunningGateway.Request([.. Enumerable.Repeat(first, 200), second, .. Enumerable.Repeat(first, StreamedRows - 201)]).ToJsonString();

    private static IEnumerable<(string Name, string Value)> HeadersOf(string kind) => kind switch
    {
        "answered again" => [("idempotency-key", "order")],
        "time is over" => [("x-request-timeout-ms", "200")],
        "wrong key" => [("x-api-key", KeyOf("nobody"))],
        "key without the scope" => [("x-api-key", KeyOf("auditor"))],
        "too often" => [("x-api-key", KeyOf("often"))],
        _ when kind.StartsWith("streamed", StringComparison.Ordinal) => [("accept", "text/event-stream")],
        _ => [],
    };

    private static HttpStatusCode StatusOf(string kind) => kind switch
    {
        "model fails" => HttpStatusCode.InternalServerError,
        "time is over" => HttpStatusCode.GatewayTimeout,
        "wrong field" or "not JSON" or "streamed, wrong row" => HttpStatusCode.BadRequest,
        "no such model" => HttpStatusCode.NotFound,
        "wrong key" => HttpStatusCode.Unauthorized,
        "key without the scope" => HttpStatusCode.Forbidden,
        "too often" => HttpStatusCode.TooManyRequests,
        _ => HttpStatusCode.OK,
    };

    /// <summary>A caller that is killed while it sends.</summary>
    private async Task SendHalfAsync(string id)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.Host.Address.Host, gateway.Host.Address.Port);
        var connection = client.GetStream();
        await connection.WriteAsync(Encoding.ASCII.GetBytes($"POST {RunningGateway.Predict} HTTP/1.1\r\nhost: gateway\r\nx-correlation-id: {id}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\nexpect: 100-continue\r\n\r\n"));
        Assert.Equal("HTTP/1.1 100 Continue", await new StreamReader(connection).ReadLineAsync()); // the gateway reads the body
        await connection.WriteAsync("""{"entities" """u8.ToArray());
        client.LingerState = new LingerOption(true, 0); // what is on its way is lost with the connection
    }

    private static string KeyOf(string caller) => $"{caller}-0123456789abcdef0123456789abcdef";

    private static Task FailAsync(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status500InternalServerError;
        return response.WriteAsJsonAsync(new { error = "the model failed" });
    }
}
