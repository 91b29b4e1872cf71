using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>Plants 200 marked secrets in what callers, the feature store and the model say, and looks for the mark in everything that the gateway's process writes.</summary>
public sealed class CanaryTests
{
    private const int Secrets = 200;
    private const string Mark = "CANARY7Q";
    private const string Key = "operator-0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task No_planted_secret_is_on_the_standard_streams_in_the_audit_log_or_in_a_file_or_metric()
    {
        using var statsD = new StatsDReceiver();
        await using var gateway = await RunningGateway.StartAsync(null);
        await gateway.StopHostAsync();
        gateway.Inference.Answer = (asked, response) => KindOf(asked) switch
        {
            "model" => FailAsync(response, $"password={Mark}"),
            "change" => Task.CompletedTask,
            _ => InferenceStandIn.AnswerAsync(asked, response),
        };
        var features = gateway.Features.Answer;
        gateway.Features.Answer = (asked, response) => KindOf(asked) == "store" ? FailAsync(response, $"https://user:{Mark}@redis failed") : features(asked, response);
        await using var process = await GatewayProcess.StartAsync(
            [.. gateway.Settings, .. gateway.Log.Arguments.Select(argument => argument[2..].Split('=', 2)).Select(pair => (pair[0], pair[1])), ("StatsD:Host", "127.0.0.1"), ("StatsD:Port", $"{statsD.Port}"), ("StatsD:Interval", "00:00:01"),
            ("Access:Keys:operator:Secret", Key), ("Access:Keys:operator:Scopes", "predict,admin")]);

        var statuses = new HashSet<(string, HttpStatusCode)>();
        for (var number = 0; number < Secrets; number++)
        {
            using var request = RequestOf(number);
            using var answer = await process.Client.SendAsync(request, TestContext.Current.CancellationToken);
            statuses.Add((KindOf(number), answer.StatusCode));
        }

        var metrics = await process.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync("the last line on stdout and in the file, and metrics at StatsD", () =>
            process.Output.Any(IsLast) && gateway.Log.Lines().Any(IsLast) && statsD.Lines.Any(line => line.Contains("prediction", StringComparison.Ordinal)));
        await process.TerminateAsync();
        Assert.Equal(
            [("answered", HttpStatusCode.OK), ("change", HttpStatusCode.OK), ("model", HttpStatusCode.InternalServerError), ("refused", HttpStatusCode.BadRequest), ("refused", HttpStatusCode.Unauthorized), ("store", HttpStatusCode.InternalServerError)],
            statuses.Order());
        var records = await gateway.AuditAsync();
        Assert.Equal((Secrets / 5, 2 * Secrets / 5, Secrets / 5), (Of("prediction_audit"), Of("prediction_failed"), Of("model_server_change_requested")));
        var everything = string.Join('\n', [metrics, .. process.Output, .. gateway.Log.Lines(), .. statsD.Lines, .. records]);
        var at = everything.IndexOf(Mark, StringComparison.Ordinal);
        Assert.True(at < 0, at < 0 ? "" : everything.Substring(Math.Max(0, at - 200), 300));

        int Of(string name) => records.Count(record => (string?)JsonNode.Parse(record)!["event"] == name);
        bool IsLast(string line) => line.Contains($"refused-{Secrets - 1}", StringComparison.Ordinal) && line.Contains("request_completed", StringComparison.Ordinal);
    }

    private static string KindOf(int number) => ((string[])["answered", "model", "store", "change", "refused"])[number % 5];

    private static string? KindOf(Asked asked) => asked.Header("x-correlation-id")?.Split('-')[0];

    private static HttpRequestMessage RequestOf(int number)
    {
        var secret = $"s{" ,&)}]@'/"[number % 9]}{Mark}{number}";
        var (path, body, key) = KindOf(number) switch
        {
            "change" => ("/v2/repository/models/flight-delay/load", new JsonObject { ["parameters"] = new JsonObject { ["access_key"] = secret } }, Key),
            "refused" => (RunningGateway.Predict, new JsonObject { ["password"] = secret, ["entities"] = $"token={secret}" }, number % 2 == 0 ? secret : Key),
            _ => (RunningGateway.Predict, RunningGateway.Request(761), Key),
        };
        var request = new HttpRequestMessage(HttpMethod.Post, $"{path}?password={Uri.EscapeDataString(secret)}") { Content = new StringContent(body.ToJsonString(), null, "application/json") };
        request.Headers.Add("x-correlation-id", $"{KindOf(number)}-{number}");
        foreach (var (name, value) in new[] { ("x-api-key", key), ("cookie", $"session={secret}"), ("referer", $"https://user:{secret}@host/"), ("user-agent", $"token={secret}"), ("x-user-id", secret) })
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static Task FailAsync(HttpResponse response, string secret)
    {
        response.StatusCode = StatusCodes.Status500InternalServerError;
        return response.WriteAsJsonAsync(new { error = secret, detail = secret });
    }
}
