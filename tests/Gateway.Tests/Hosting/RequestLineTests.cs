namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>The one line of a request; that all lines fit their schema is tested in tests/Telemetry.Tests.</summary>
public sealed class RequestLineTests
{
    [Fact]
    public async Task The_line_of_a_prediction_has_at_least_25_attributes_with_what_the_pipeline_knows()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var (_, body) = await gateway.PostAsync(RunningGateway.Request(1946, 200));

        var line = await gateway.Log.RequestAsync("/v1/models/{name}/predict");

        Assert.InRange(line.Count(field => field.Value is not null), 25, 64);
        Assert.Equal(
            ("flight-delay", "3", "champion", "stable", 2, (string?)body["predictions"]![0]!["prediction_id"], 1),
            ((string?)line["model"], (string?)line["model_version"], (string?)line["model_alias"], (string?)line["arm"], (int)line["rows"]!, (string?)line["prediction_id"], (int)line["audit_index"]!));
        Assert.All(
            ["route_seconds", "features_fetch_seconds", "preprocess_seconds", "infer_seconds", "postprocess_seconds", "audit_commit_seconds"],
            stage => Assert.InRange((double)line[stage]!, 0, 60));
    }

    [Fact]
    public async Task The_line_of_a_prediction_that_failed_says_all_that_is_known_until_then_and_on_whose_account_it_is()
    {
        await using var gateway = await RunningGateway.StartAsync();
        gateway.Inference.Answer = (_, response) => { response.StatusCode = 500; return Task.CompletedTask; };
        await gateway.PostAsync(RunningGateway.Request(1946, 200), $"{RunningGateway.Predict}?version=2");

        var line = await gateway.Log.RequestAsync("/v1/models/{name}/predict");

        Assert.Equal(
            ("internal", "flight-delay", "2", "stable", 2, 0.5, "model", "inference"),
            ((string?)line["outcome"], (string?)line["model"], (string?)line["model_version"], (string?)line["arm"], (int)line["rows"]!, (double)line["stale_share"]!, (string?)line["error_type"], (string?)line["peer_service"]));
        Assert.All(["route_seconds", "features_fetch_seconds", "preprocess_seconds", "infer_seconds"], stage => Assert.InRange((double)line[stage]!, 0, 60));
        Assert.Equal("POST /v1/models/{name}/predict failed with an unexpected error", Assert.Single(gateway.Host.Logs.Named("request_failed")).Message);
    }
}
