using System.Net;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Protos;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Batching;

/// <summary>A request's own time-out, on a model that is idle and on one that is busy.</summary>
public sealed class QueueTimeoutTests
{
    private const long Longest = 2_592_000_000_000; // 30 days
    private const long Endless = 1_000_000_000_000; // rounds: more than end within a test

    [Theory]
    [InlineData(Longest + 1)]
    [InlineData(long.MaxValue)]
    public async Task One_of_more_than_30_days_is_refused_and_named(long timeout)
    {
        await using var server = await StartAsync();
        var model = server.Services.GetRequiredService<ModelTable>().Find("loop", null).Model!;
        await RefusedAsync();
        using var leaving = new CancellationTokenSource();
        var busy = server.Grpc.ModelInferAsync(Request(Endless, 0), cancellationToken: leaving.Token).ResponseAsync;
        await Eventually.TrueAsync("the model to be busy", () => model.Running == 1);

        await RefusedAsync();

        Assert.Equal(0, model.Waiting);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => busy);

        async Task RefusedAsync()
        {
            var (status, body) = await server.PostAsync("/v2/models/loop/infer",
                $$"""{"parameters":{"timeout":{{timeout}}},"inputs":[{"name":"n","shape":[1],"datatype":"INT64","data":[1]},{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}""");
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.StartsWith("parameters.timeout: ", (string?)body!["error"], StringComparison.Ordinal);
            var error = await Assert.ThrowsAsync<RpcException>(async () => await server.Grpc.ModelInferAsync(Request(1, timeout)));
            Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
            Assert.StartsWith("parameters.timeout: ", error.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task One_of_30_days_waits()
    {
        await using var server = await StartAsync();
        var model = server.Services.GetRequiredService<ModelTable>().Find("loop", null).Model!;
        using var leaving = new CancellationTokenSource();
        var busy = server.Grpc.ModelInferAsync(Request(Endless, 0), cancellationToken: leaving.Token).ResponseAsync;
        await Eventually.TrueAsync("the model to be busy", () => model.Running == 1);
        var waiting = server.Grpc.ModelInferAsync(Request(1, Longest)).ResponseAsync;
        await Eventually.TrueAsync("the request to wait", () => model.Waiting == 1);

        await leaving.CancelAsync();

        Assert.Equal(-1, BitConverter.ToSingle((await waiting.WithinAsync("the answer")).RawOutputContents[0].Span));
        await Assert.ThrowsAnyAsync<Exception>(() => busy);
    }

    private static Task<InferenceServer> StartAsync() => InferenceServer.StartAsync(models => models.Add("loop", ModelFolder.Loop, """{"instance_group":[{"count":1}]}"""));

    private static ModelInferRequest Request(long rounds, long timeout) => new()
    {
        ModelName = "loop",
        Parameters = { ["timeout"] = new InferParameter { Int64Param = timeout } },
        Inputs =
        {
            new ModelInferRequest.Types.InferInputTensor { Name = "n", Datatype = "INT64", Shape = { 1 }, Contents = new InferTensorContents { Int64Contents = { rounds } } },
            new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1 }, Contents = new InferTensorContents { Fp32Contents = { 1 } } },
        },
    };
}
