using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Gateway.Tests.Pipeline;

namespace MlAspire.Gateway.Tests.Audit;

/// <summary>A request that was accepted leaves a record also when it is not answered.</summary>
public sealed class FailureRecordTests : IAsyncLifetime
{
    private const string Key = "auditor-0123456789abcdef0123456789abcdef";

    private static readonly (string, string)[] Settings = [("Access:Keys:auditor:Secret", Key), ("Access:Keys:auditor:Scopes", "audit.read")];

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(null, Settings);

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task What_crashed_the_model_is_in_the_record_and_in_no_log_line()
    {
        gateway.Inference.Answer = (_, response) => FailAsync(response);

        var (response, _) = await gateway.PostAsync(RunningGateway.Request(1946.625), headers: ("x-correlation-id", "crash-1"));

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        var record = Assert.Single((await GetAsync("/v1/audit/records?correlation_id=crash-1&code=internal"))["records"]!.AsArray())!["record"]!;
        Assert.Equal(("prediction_failed", "flight-delay", "ATL", 1946.625, 12.5), (
            (string)record["event"]!, (string)record["model"]!, (string)record["entities"]!["origin"]!, (double)record["inputs"]!["distance_miles"]!,
            (double)record["input_features"]!["origin_mean_delay_1h"]!["value"]!));
        Assert.Equal(1946.625f, MemoryMarshal.Cast<byte, float>(Convert.FromBase64String((string)record["model_input"]!))[2]);
        Assert.Equal(["route", "features.fetch", "preprocess", "infer"], record["stages_ms"]!.AsObject().Select(stage => stage.Key));
        Assert.DoesNotContain(gateway.Host.Logs.Events, line => $"{line.Message} {line.Exception} {string.Join(' ', line.Fields.Values)}".Contains("1946.625", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_record_and_the_event_of_a_failure_name_the_version_that_the_model_server_was_to_answer_with()
    {
        gateway.Inference.Answer = (_, response) =>
        {
            response.Headers["model-version"] = "3";
            return FailAsync(response);
        };

        await gateway.PostAsync(RunningGateway.Request(1));

        Assert.Equal("3", (string?)JsonNode.Parse(Assert.Single(await gateway.AuditAsync()))!["model_version"]);
        Assert.Equal("3", (string?)Assert.Single(await gateway.EventsAsync(1))["version"]);
    }

    [Fact]
    public async Task What_was_not_reached_yet_is_not_in_the_record()
    {
        await gateway.Features.DisposeAsync();

        await gateway.PostAsync(RunningGateway.Request(1, 2));

        var records = (await gateway.AuditAsync()).Select(record => JsonNode.Parse(record)!.AsObject()).ToArray();
        Assert.Equal([1, 2], records.Select(record => (int)record["inputs"]!["distance_miles"]!));
        Assert.All(records, record => Assert.False(record.ContainsKey("input_features") || record.ContainsKey("model_input") || record.ContainsKey("prediction")));
    }

    [Fact]
    public async Task A_failure_is_found_by_the_id_that_it_was_given_and_never_hides_an_answer()
    {
        var request = RunningGateway.Request(700);
        request["prediction_ids"] = new JsonArray("mine");
        var answer = gateway.Inference.Answer;
        gateway.Inference.Answer = (_, response) => FailAsync(response);
        await gateway.PostAsync(request);
        Assert.Equal(1, (int)(await GetAsync("/v1/predictions/mine"))["index"]!);
        gateway.Inference.Answer = answer;
        await gateway.PostAsync(request);
        gateway.Inference.Answer = (_, response) => FailAsync(response);
        await gateway.PostAsync(request);

        Assert.Equal(2, (int)(await GetAsync("/v1/predictions/mine"))["index"]!);
        await gateway.StopHostAsync();
        await gateway.StartHostAsync(Settings);
        Assert.Equal(2, (int)(await GetAsync("/v1/predictions/mine"))["index"]!);
    }

    [Fact]
    public async Task The_inputs_of_a_failure_belong_to_its_subject()
    {
        await gateway.StopHostAsync();
        gateway.WriteModel("flight-delay", FlightPipeline.Json.Replace("\"inputs\"", "\"subject\": \"origin\", \"inputs\"", StringComparison.Ordinal));
        await gateway.StartHostAsync(Settings);
        gateway.Inference.Answer = (_, response) => FailAsync(response);

        await gateway.PostAsync(RunningGateway.Request(1946.625));

        Assert.DoesNotContain("1946.625", Assert.Single(await gateway.AuditAsync()), StringComparison.Ordinal);
        var found = Assert.Single((await GetAsync("/v1/audit/records?entity.origin=ATL&event=prediction_failed"))["records"]!.AsArray())!;
        Assert.Equal(1946.625, (double)found["record"]!["inputs"]!["distance_miles"]!);
    }

    private static Task FailAsync(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status500InternalServerError;
        return response.WriteAsJsonAsync(new { error = "the model failed" });
    }

    private async Task<JsonNode> GetAsync(string path)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, path);
        message.Headers.Add("x-api-key", Key);
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return await RunningGateway.BodyOfAsync(response);
    }
}
