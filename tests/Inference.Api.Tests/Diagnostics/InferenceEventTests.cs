using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.Inference.Api.Models;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Diagnostics;

/// <summary>Each request is one <c>inference_completed</c> event in the log as it is written, however the request ends.</summary>
public sealed class InferenceEventTests : IDisposable
{
    private const long Endless = 1L << 62;

    private readonly WrittenLog log = new("inference_test", LogLevel.Information);

    public void Dispose() => log.Dispose();

    [Theory]
    [InlineData("REST")]
    [InlineData("gRPC")]
    [InlineData("stream")]
    public async Task Every_request_is_exactly_one_event_with_its_status(string transport)
    {
        await using var server = await StartAsync();
        var caller = InferenceCaller.Of(transport, server);
        using var gone = new CancellationTokenSource();
        var model = server.Services.GetRequiredService<ModelTable>().Find("loop", null).Model!;

        await caller.InferAsync("loop", 3, "3");
        await caller.InferAsync("loop", 3, "two\u0000words");
        await caller.InferAsync("nothing", 3, "unknown");
        await caller.InferAsync("broken", 3, "not ready");
        await caller.InferAsync("faulty", 1, "x is no input");
        await caller.InferAsync("loop", 3, new string('i', 5000));
        await caller.InferFaultyAsync();
        List<Task> leaving = [caller.InferAsync("loop", Endless, "leaves", cancellationToken: gone.Token), caller.InferAsync("loop", Endless, "leaves", cancellationToken: gone.Token)];
        await Eventually.TrueAsync("one to run and one to wait", () => model.Waiting == 1);
        await caller.InferAsync("loop", 3, "waits 1 ms", timeoutMicroseconds: 1000);
        leaving.Add(caller.InferAsync("loop", Endless, "leaves", cancellationToken: gone.Token));
        await Eventually.TrueAsync("one to run and two to wait", () => model.Waiting == 2);
        await caller.InferAsync("loop", 3, "one too many");
        await gone.CancelAsync();
        await Task.WhenAll(leaving).WithinAsync("the callers that leave");
        await Eventually.TrueAsync("the places to be free", () => server.Services.GetRequiredService<Serving.RequestSlots>().Taken == 0);
        await caller.InferAsync("loop", 3, "last");

        var events = await EventsAsync("last");
        Assert.Equal(
            "cancelled 3,deadline_exceeded 1,internal 1,invalid_argument 1,not_found 1,not_ready 1,ok 3,overloaded 1,payload_too_large 1",
            string.Join(',', events.GroupBy(each => (string)each["status"]!).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key} {group.Count()}")));
        var failed = Assert.Single(Lines("inference_failed"));
        Assert.Equal(("ERROR", "faulty", "1"), ((string)failed["level"]!, (string)failed["model"]!, (string)failed["model_version"]!));
        Assert.Contains("CUDA failure", (string)failed["exception_message"]!, StringComparison.Ordinal);
        Assert.Single(server.Logs.Events, each => each.Level >= LogLevel.Error && each.Event != "model_load_failed"); // no second report of the same failure
    }

    [Theory]
    [InlineData("MlAspire.Inference.Api", "request_completed")]
    [InlineData("MlAspire.ServiceDefaults", "inference_completed")]
    public async Task Whichever_category_is_switched_off_the_request_has_its_line(string off, string line)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("loop", ModelFolder.Loop));
        server.Services.GetRequiredService<LogLevels>().Set(off, LogLevel.Warning);

        await InferenceCaller.Of("REST", server).InferAsync("loop", 3, "a");

        await Eventually.TrueAsync("the line", () => server.Logs.Named(line).Count() == 1);
        Assert.Empty(server.Logs.Named(line == "request_completed" ? "inference_completed" : "request_completed"));
    }

    [Fact]
    public async Task A_call_over_gRPC_has_its_own_deadline_and_not_that_of_REST()
    {
        await using var server = await StartAsync();

        await server.Grpc.ModelInferAsync(Protos.ModelInferRequest.Parser.ParseFrom(InferenceCaller.Message("loop", 3, "a")), new global::Grpc.Core.Metadata { { "x-request-timeout-ms", "soon" } });

        Assert.Equal("ok", (string)Assert.Single(await EventsAsync("a"))["status"]!);
    }

    [Fact]
    public async Task A_request_that_no_handler_got_is_an_event_too()
    {
        await using var server = await StartAsync();

        await server.GetAsync("/v2/models/loop/infer");
        await server.PostAsync("/v2/models/loop/versions/1/2/infer", "{}");
        await server.PostAsync("/v2/models/loop/infer", "{");
        using (var wrong = new HttpRequestMessage(HttpMethod.Post, "/v2/models/loop/infer") { Headers = { { "x-request-timeout-ms", "soon" } } })
        {
            using var refused = await server.Http.SendAsync(wrong);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        await InferenceCaller.RawGrpcAsync(server, "ModelInfer", [0x0A, 0x7F]); // a field that ends before its length
        await InferenceCaller.RawGrpcAsync(server, "ModelStreamInfer", [0x0A, 0x7F]);
        await InferenceCaller.Of("REST", server).InferAsync("loop", 3, "last");

        Assert.Equal(
            ["unimplemented", "not_found", "invalid_argument", "invalid_argument", "invalid_argument", "invalid_argument", "ok"],
            (await EventsAsync("last")).Select(each => (string)each["status"]!));
    }

    [Fact]
    public async Task A_deadline_of_gRPC_that_is_over_is_deadline_exceeded_and_stops_the_run()
    {
        await using var server = await StartAsync();

        await InferenceCaller.RawGrpcAsync(server, "ModelInfer", InferenceCaller.Message("loop", Endless, "late"), timeout: "100m");

        Assert.Equal("deadline_exceeded", (string)Assert.Single(await EventsAsync("late"))["status"]!);
        var statistics = server.Services.GetRequiredService<ModelTable>().Find("loop", null).Model!.Statistics.Snapshot();
        Assert.Equal([1, 0, 0, 0], statistics.Failures); // a time-out is one of REJECTED
    }

    [Fact]
    public async Task The_event_says_what_came_how_large_it_was_and_how_long_it_took()
    {
        await using var server = await StartAsync();

        await InferenceCaller.Of("REST", server).InferAsync("loop", 3, "a");

        var line = Assert.Single(await EventsAsync("a"));
        Assert.Equal(
            ("INFO", "inference_test", "a", "loop", "1", "ok", "n[1] x[1]", 12),
            ((string)line["level"]!, (string)line["service"]!, (string)line["request_id"]!, (string)line["model"]!, (string)line["model_version"]!, (string)line["status"]!, (string)line["input_shapes"]!, (int)line["input_size"]!));
        Assert.True(DateTimeOffset.TryParse((string)line["timestamp"]!, out _));
        Assert.InRange((double)line["latency_seconds"]!, 1e-6, 60);
    }

    [Fact]
    public async Task What_does_not_fit_the_model_is_named_and_never_reaches_it()
    {
        await using var server = await StartAsync();
        var model = server.Services.GetRequiredService<ModelTable>().Find("loop", null).Model!;

        var (status, body) = await server.PostAsync("/v2/models/loop/infer", """{"inputs":[{"name":"n","shape":[1],"datatype":"INT64","data":[1]},{"name":"x","shape":[1],"datatype":"FP64","data":[1]}]}""");

        Assert.Equal((HttpStatusCode.BadRequest, "inputs[1].datatype: input 'x' must be FP32, not FP64"), (status, (string)body!["error"]!));
        Assert.Equal((0, 1), (model.Statistics.Snapshot().ExecutionCount, model.Statistics.Snapshot().Fail.Count));
    }

    private Task<InferenceServer> StartAsync() => InferenceServer.StartAsync(
        models => models.Add("loop", ModelFolder.Loop, """{"instance_group":[{"count":1}]}""").Add("faulty", ModelFolder.Faulty).Config("broken", "{}"),
        builder => builder.UseSetting("Limits:MaxConcurrentRequests", "3").UseSetting("Limits:MaxRequestBytes", "4096"),
        log.Arguments);

    /// <summary>The completed inferences as the log file has them, once the one with <paramref name="lastId"/> is there.</summary>
    private async Task<IReadOnlyList<JsonNode>> EventsAsync(string lastId)
    {
        await Eventually.TrueAsync($"the event of '{lastId}'", () => Lines("inference_completed").Any(each => (string?)each["request_id"] == lastId));
        return Lines("inference_completed");
    }

    private List<JsonNode> Lines(string name) => [.. log.Lines().Select(line => JsonNode.Parse(line)!).Where(line => (string?)line["event"] == name)];
}
