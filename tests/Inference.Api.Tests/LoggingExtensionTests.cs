using System.Net;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MlAspire.Inference.Api.Protos;

namespace MlAspire.Inference.Api.Tests;

public sealed class LoggingExtensionTests
{
    private const string AsStarted = """{"log_file":"","log_info":true,"log_warning":true,"log_error":true,"log_verbose_level":0,"log_format":"ISO8601"}""";

    [Fact]
    public async Task The_level_is_changed_read_and_given_back_while_the_server_runs()
    {
        await using var server = await StartAsync();
        var logger = server.Services.GetRequiredService<ILoggerFactory>().CreateLogger("MlAspire.Inference.Api.Models.Repository.ModelRepository");

        Json.Equal(AsStarted, (await server.GetAsync("/v2/logging")).Body);
        Json.Equal(AsStarted, (await server.PostAsync("/v2/logging", "{}")).Body);
        Json.Equal(AsStarted.Replace("\"log_verbose_level\":0", "\"log_verbose_level\":1", StringComparison.Ordinal), (await server.PostAsync("/v2/logging", """{"log_verbose_level":1}""")).Body);
        Assert.Equal((true, false), (logger.IsEnabled(LogLevel.Debug), logger.IsEnabled(LogLevel.Trace)));
        Json.Equal("""{"log_file":"","log_info":false,"log_warning":true,"log_error":true,"log_verbose_level":0,"log_format":"ISO8601"}""",
            (await server.PostAsync("/v2/logging", """{"log_info":false,"log_verbose_level":0}""")).Body);
        Assert.False(logger.IsEnabled(LogLevel.Information));
        Json.Equal("""{"log_file":"","log_info":false,"log_warning":false,"log_error":false,"log_verbose_level":0,"log_format":"ISO8601"}""",
            (await server.PostAsync("/v2/logging", """{"log_warning":false,"log_error":false}""")).Body);
        Assert.Equal((false, true), (logger.IsEnabled(LogLevel.Error), logger.IsEnabled(LogLevel.Critical)));
        Json.Equal(AsStarted, (await server.PostAsync("/v2/logging", """{"log_info":null}""")).Body);
    }

    [Fact]
    public async Task A_verbose_level_shows_what_was_hidden_and_no_info_hides_what_was_shown()
    {
        await using var server = await StartAsync();

        await server.PostAsync("/v2/logging", """{"log_verbose_level":2}""");
        await server.GetAsync("/health/live"); // logged at Debug
        await Testing.Eventually.TrueAsync("the line of the health call", () => server.Logs.Named("request_completed").Any(line => line.Level == LogLevel.Debug));
        await server.PostAsync("/v2/logging", """{"log_verbose_level":0,"log_info":false}""");
        await server.PostAsync("/v2/models/line/infer", "{}");
        await server.PostAsync("/v2/logging", """{"log_info":true}""");
        await server.PostAsync("/v2/models/line/infer", "{}");

        Assert.Single(server.Logs.Named("inference_completed"));
    }

    [Theory]
    [InlineData("""{"log_file":"/tmp/x"}""", "log_file: cannot be changed")]
    [InlineData("""{"log_file":null}""", "log_file: cannot be changed")]
    [InlineData("""{"log_format":"default"}""", "log_format: is always ISO8601")]
    [InlineData("""{"log_warning":false}""", "log_warning: cannot be off while log_info is on")]
    [InlineData("""{"log_error":false}""", "log_error: cannot be off while")]
    [InlineData("""{"log_info":false,"log_verbose_level":1}""", "log_info: cannot be off while")]
    [InlineData("""{"log_info":1}""", "log_info: must be true or false")]
    [InlineData("""{"log_info":null,"log_warning":true}""", "log_info: must be true or false")]
    [InlineData("""{"log_verbose_level":-1}""", "log_verbose_level: must be an integer")]
    [InlineData("""{"log_verbose_level":1.5}""", "log_verbose_level: must be a boolean, an integer or a string")]
    [InlineData("""{"log_level":"debug"}""", "log_level: is not a log setting")]
    [InlineData("""{"log_level":null}""", "log_level: is not a log setting")]
    [InlineData("[]", "body: is not the JSON")]
    public async Task What_cannot_be_changed_is_400_and_changes_nothing(string settings, string says)
    {
        await using var server = await StartAsync();

        var (status, body) = await server.PostAsync("/v2/logging", settings);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith(says, (string?)body!["error"], StringComparison.Ordinal);
        Json.Equal(AsStarted, (await server.GetAsync("/v2/logging")).Body);
    }

    [Fact]
    public async Task The_same_over_gRPC()
    {
        await using var server = await StartAsync();
        var changed = await server.Grpc.LogSettingsAsync(new LogSettingsRequest { Settings = { ["log_verbose_level"] = new() { Uint32Param = 1 }, ["log_format"] = new() { StringParam = "ISO8601" } } });

        Assert.Equal(new LogSettingsResponse
        {
            Settings =
            {
                ["log_file"] = new() { StringParam = "" },
                ["log_info"] = new() { BoolParam = true },
                ["log_warning"] = new() { BoolParam = true },
                ["log_error"] = new() { BoolParam = true },
                ["log_verbose_level"] = new() { Uint32Param = 1 },
                ["log_format"] = new() { StringParam = "ISO8601" },
            },
        }, changed);
        Assert.Equal(changed, await server.Grpc.LogSettingsAsync(new()));
        var error = await Assert.ThrowsAsync<RpcException>(async () => await server.Grpc.LogSettingsAsync(new LogSettingsRequest { Settings = { ["log_file"] = new() { StringParam = "x" } } }));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Theory]
    [InlineData("/v2/trace/setting")]
    [InlineData("/v2/models/line/trace/setting")]
    [InlineData("/v2/systemsharedmemory/status")]
    [InlineData("/v2/systemsharedmemory/region/a/register")]
    [InlineData("/v2/cudasharedmemory/region/a/unregister")]
    [InlineData("/v2/models/line/generate")]
    [InlineData("/v2/models/line/versions/1/generate_stream")]
    public async Task What_this_server_does_not_have_is_501_with_a_reason(string path)
    {
        await using var server = await StartAsync();

        foreach (var (status, body) in new[] { await server.GetAsync(path), await server.PostAsync(path, "{}") })
        {
            Assert.Equal(HttpStatusCode.NotImplemented, status);
            Assert.Matches("use infer|OpenTelemetry|send tensors", (string?)body!["error"]);
        }
    }

    [Fact]
    public async Task What_this_server_does_not_have_is_UNIMPLEMENTED_with_a_reason()
    {
        await using var server = await StartAsync();
        var (client, request) = (server.Grpc, new UnsupportedRequest());

        foreach (var call in new Func<AsyncUnaryCall<UnsupportedResponse>>[]
        {
            () => client.TraceSettingAsync(request), () => client.SystemSharedMemoryStatusAsync(request), () => client.SystemSharedMemoryRegisterAsync(request), () => client.SystemSharedMemoryUnregisterAsync(request),
            () => client.CudaSharedMemoryStatusAsync(request), () => client.CudaSharedMemoryRegisterAsync(request), () => client.CudaSharedMemoryUnregisterAsync(request),
        })
        {
            var error = await Assert.ThrowsAsync<RpcException>(async () => await call());
            Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
            Assert.Matches("OpenTelemetry|send tensors", error.Status.Detail);
        }
    }

    private static Task<InferenceServer> StartAsync() => InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));
}
