using System.Net;
using System.Text.Json.Nodes;
using MlAspire.Gateway.Predictions;
using MlAspire.Gateway.Tests.Hosting;

namespace MlAspire.Gateway.Tests.Predictions;

/// <summary>Version 3 of the tests' model answers; the digest of its bytes is said to be <c>sha256:3</c>.</summary>
public sealed class PredictionLineageTests : IAsyncLifetime
{
    private const string Key = "auditor-0123456789abcdef0123456789abcdef";
    private const string Written = """{"model_sha256":"3","code_commit":"c0ffee","data_set":{"id":"flights","sha256":"da7a"}}""";

    private RunningGateway gateway = null!;

    public async ValueTask InitializeAsync() => gateway = await RunningGateway.StartAsync(null, ("Access:Keys:auditor:Secret", Key), ("Access:Keys:auditor:Scopes", "audit.read"));

    public async ValueTask DisposeAsync() => await gateway.DisposeAsync();

    [Fact]
    public async Task One_call_leads_from_a_prediction_to_the_hash_of_the_data_its_model_was_learnt_from()
    {
        Write(Written);
        var id = await PredictAsync();

        var (status, body) = await AskAsync(id);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal($$"""{"prediction_id":"{{id}}","model":"flight-delay","model_version":"3","model_digest":"sha256:3","lineage":{{Written}}}""", body.ToJsonString());
    }

    [Theory]
    [InlineData(null, "Version 3 of flight-delay has no lineage.json.")]
    [InlineData("{", "Version 3 of flight-delay has no lineage.json.")]
    [InlineData("[]", "Version 3 of flight-delay has no lineage.json.")]
    [InlineData("""{"model_sha256":"4"}""", "Version 3 of flight-delay was replaced: sha256:3 answered, and its lineage.json is of sha256:4.")]
    [InlineData("{}", "Version 3 of flight-delay was replaced: sha256:3 answered, and its lineage.json is of unnamed bytes.")]
    public async Task Another_model_s_lineage_is_never_the_answer(string? written, string says)
    {
        Write(written);

        var (status, body) = await AskAsync(await PredictAsync());

        Assert.Equal((HttpStatusCode.NotFound, "model_version", says), (status, (string)body["errors"]![0]!["field"]!, (string)body["errors"]![0]!["message"]!));
    }

    [Theory]
    [InlineData(PredictionLineage.MaxBytes, HttpStatusCode.OK)]
    [InlineData(PredictionLineage.MaxBytes + 1, HttpStatusCode.NotFound)]
    public async Task A_file_above_the_limit_is_not_read(long bytes, HttpStatusCode expected)
    {
        Write(Written + new string(' ', (int)bytes - Written.Length));

        Assert.Equal(expected, (await AskAsync(await PredictAsync())).Status);
    }

    [Fact]
    public async Task A_prediction_that_failed_has_no_lineage()
    {
        gateway.Inference.Answer = (_, response) =>
        {
            response.StatusCode = 500;
            return Task.CompletedTask;
        };
        var request = RunningGateway.Request(1946);
        request["prediction_ids"] = new JsonArray("failed-1");
        await gateway.PostAsync(request);

        var (status, body) = await AskAsync("failed-1");

        Assert.Equal((HttpStatusCode.BadRequest, "The prediction failed; no model answered it."), (status, (string)body["errors"]![0]!["message"]!));
    }

    [Fact]
    public async Task Who_may_not_read_the_log_gets_none()
    {
        using var response = await gateway.Client.GetAsync("/v1/predictions/any/lineage", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync("any")).Status);
    }

    private void Write(string? lineage)
    {
        if (lineage is not null)
        {
            var folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(gateway.ModelFile("flight-delay"))!, "3"));
            File.WriteAllText(Path.Combine(folder.FullName, "lineage.json"), lineage);
        }
    }

    private async Task<string> PredictAsync() => (string)(await gateway.PostAsync(RunningGateway.Request(1946))).Body["predictions"]![0]!["prediction_id"]!;

    private async Task<(HttpStatusCode Status, JsonNode Body)> AskAsync(string id)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, $"/v1/predictions/{id}/lineage");
        message.Headers.Add("x-api-key", Key);
        using var response = await gateway.Client.SendAsync(message, TestContext.Current.CancellationToken);
        return (response.StatusCode, await RunningGateway.BodyOfAsync(response));
    }
}
