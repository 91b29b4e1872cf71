using System.Text.Json.Nodes;
using MlAspire.Inference.Api.Protos;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Diagnostics;

/// <summary>What the service writes is what docs/logs/log.schema.json says, and the one line of an inference has what is known of it.</summary>
public sealed class RequestLineTests
{
    private const string Body = """{"inputs":[{"name":"x","shape":[3,2],"datatype":"FP32","data":[1,2,3,4,5,6]}]}""";

    [Fact]
    public async Task Every_line_of_answered_and_refused_requests_fits_the_schema()
    {
        using var log = new WrittenLog();
        await using (var server = await StartAsync(log))
        {
            await server.PostAsync("/v2/models/line/infer", Body);
            await server.PostAsync("/v2/models/line/infer", "{");
            await server.PostAsync("/v2/models/unknown/infer", Body);
            await server.PostAsync("/v2/models/broken/infer", Body);
            await server.GetAsync("/v2/models/line/infer");
            await server.GetAsync("/health/ready");
            await server.Grpc.ServerReadyAsync(new ServerReadyRequest());
        }

        var lines = log.Lines();

        Assert.Empty(lines.SelectMany(LogSchema.ProblemsOf));
        Assert.Superset(
            new HashSet<string?> { "application_started", "inference_completed", "model_load_failed", "model_loaded", "request_completed", "request_refused" },
            lines.Select(line => (string?)JsonNode.Parse(line)!["event"]).ToHashSet());
    }

    [Fact]
    public async Task The_line_of_an_inference_has_at_least_25_attributes_with_what_became_of_it()
    {
        using var log = new WrittenLog();
        await using var server = await StartAsync(log);
        await server.PostAsync("/v2/models/line/infer", Body);

        var line = await log.RequestAsync("/v2/models/{model}/infer");

        Assert.InRange(line.Count(field => field.Value is not null), 25, 64);
        Assert.Equal(("inference_completed", "POST", 200, "ok", "ok"), ((string?)line["event"], (string?)line["method"], (int)line["status_code"]!, (string?)line["outcome"], (string?)line["status"]));
        Assert.Equal(
            ("line", "1", 3, 3, "CPUExecutionProvider", false),
            ((string?)line["model"], (string?)line["model_version"], (int)line["rows"]!, (int)line["batch_rows"]!, (string?)line["device"], (bool)line["cache_hit"]!));
        Assert.InRange((double)line["queue_seconds"]!, 0, 60);
    }

    private static Task<InferenceServer> StartAsync(WrittenLog log) =>
        InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line, """{"max_batch_size":8}""").Config("broken", "{}"), configure: null, log.Arguments);
}
