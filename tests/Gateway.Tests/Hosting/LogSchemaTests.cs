using System.Text.Json.Nodes;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>What the gateway writes is what docs/logs/log.schema.json says.</summary>
public sealed class LogSchemaTests
{
    [Fact]
    public async Task Every_line_of_answered_refused_and_failed_requests_fits_the_schema()
    {
        await using var gateway = await RunningGateway.StartAsync();
        await gateway.PostAsync(RunningGateway.Request(1946, 200));
        await gateway.PostAsync(new JsonObject());
        await gateway.PostAsync(RunningGateway.Request(1946), "/v1/models/unknown/predict");
        await gateway.Inference.DisposeAsync();
        await gateway.PostAsync(RunningGateway.Request(1946));
        using var ready = await gateway.Client.GetAsync("/health/ready", TestContext.Current.CancellationToken);
        await gateway.StopHostAsync();

        var lines = gateway.Log.Lines();

        Assert.Empty(lines.SelectMany(LogSchema.ProblemsOf));
        var events = lines.Select(line => (string?)JsonNode.Parse(line)!["event"]);
        Assert.Superset(
            new HashSet<string?> { "application_started", "audit_opened", "pipelines_loaded", "prediction_answered", "prediction_failed", "request_completed", "request_not_served", "request_refused", "step_completed" },
            events.ToHashSet());
    }

    [Fact]
    public async Task The_line_of_a_prediction_has_at_least_25_attributes_with_what_the_pipeline_knows()
    {
        await using var gateway = await RunningGateway.StartAsync();
        var (_, body) = await gateway.PostAsync(RunningGateway.Request(1946, 200));

        var line = await gateway.Log.RequestAsync("/v1/models/{name}/predict");

        Assert.InRange(line.Count(field => field.Value is not null), 25, 64);
        Assert.Equal(
            ("flight-delay", "3", "champion", "stable", 2, (string?)body["predictions"]![0]!["prediction_id"], 0),
            ((string?)line["model"], (string?)line["model_version"], (string?)line["model_alias"], (string?)line["arm"], (int)line["rows"]!, (string?)line["prediction_id"], (int)line["audit_index"]!));
        Assert.All(
            ["route_seconds", "features_fetch_seconds", "preprocess_seconds", "infer_seconds", "postprocess_seconds", "audit_commit_seconds"],
            stage => Assert.InRange((double)line[stage]!, 0, 60));
    }
}
