using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Protos.Health;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Grpc;

public sealed class StreamTests
{
    [Fact]
    public async Task A_stream_answers_in_order_and_survives_errors()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));
        using var call = server.Grpc.ModelStreamInfer();
        for (var i = 0; i < 200; i++)
        {
            await call.RequestStream.WriteAsync(Request(i % 3 == 1 ? "nothing" : "line", i));
        }

        await call.RequestStream.CompleteAsync();
        for (var i = 0; i < 200; i++)
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            var answer = call.ResponseStream.Current;
            Assert.Equal($"{i}", answer.InferResponse.Id);
            Assert.Equal(i % 3 == 1 ? "model_name: unknown model 'nothing'" : "", answer.ErrorMessage);
            if (i % 3 != 1)
            {
                Assert.Equal((2 * i) + 1, BitConverter.ToSingle(answer.InferResponse.RawOutputContents[0].Span));
            }
        }

        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
    }

    [Fact]
    public async Task Every_answer_of_a_stream_says_that_it_is_the_last_of_its_request_and_a_failed_one_which_error_it_is()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line).Add("broken", "x"u8.ToArray()));
        using var call = server.Grpc.ModelStreamInfer();
        foreach (var (i, model) in ((string[])["line", "nothing", "broken"]).Index())
        {
            var request = Request(model, i);
            request.Parameters["triton_enable_empty_final_response"] = new InferParameter { BoolParam = true };
            await call.RequestStream.WriteAsync(request);
        }

        Assert.Equal("triton_final_response=True", await NextAsync());
        Assert.Equal("error-code=not_found triton_final_response=True", await NextAsync());
        Assert.Equal("error-code=not_ready retry-after=1 triton_final_response=True", await NextAsync());

        async Task<string> NextAsync()
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).WithinAsync("an answer"));
            return string.Join(' ', call.ResponseStream.Current.InferResponse.Parameters.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each =>
                $"{each.Key}={(each.Value.ParameterChoiceCase == InferParameter.ParameterChoiceOneofCase.BoolParam ? each.Value.BoolParam : each.Value.StringParam)}"));
        }
    }

    [Fact]
    public async Task A_stream_that_the_caller_leaves_frees_its_places()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line), builder => builder.UseSetting("Limits:MaxConcurrentRequests", "1"));
        using (var call = server.Grpc.ModelStreamInfer())
        {
            await call.RequestStream.WriteAsync(Request("line", 1));
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        }

        Assert.Equal("2", (await server.Grpc.ModelInferAsync(Request("line", 2))).Id);
    }

    [Fact]
    public async Task Requests_of_a_stream_are_under_way_at_the_same_time()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("loop", ModelFolder.Loop, """{"instance_group":[{"count":2}]}"""));
        var model = server.Services.GetRequiredService<ModelTable>().Find("loop", null).Model!;
        using var call = server.Grpc.ModelStreamInfer();
        await call.RequestStream.WriteAsync(Loop(rounds: 1_000_000_000_000)); // ends only when the caller leaves
        await call.RequestStream.WriteAsync(Loop(rounds: 1_000_000_000_000));

        await Eventually.TrueAsync("both to run", () => model.Running == 2);
    }

    [Fact]
    public async Task A_server_that_stops_answers_what_is_under_way_and_ends_watches_and_streams()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line).Add("loop", ModelFolder.Loop));
        var model = server.Services.GetRequiredService<ModelTable>().Find("loop", null).Model!;
        using var watch = new Health.HealthClient(server.Channel).Watch(new());
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None).WithinAsync("the first status"));
        using var stream = server.Grpc.ModelStreamInfer();
        await stream.RequestStream.WriteAsync(Request("line", 1));
        Assert.True(await stream.ResponseStream.MoveNext(CancellationToken.None).WithinAsync("the first answer"));
        await stream.RequestStream.WriteAsync(Loop(rounds: 1_000_000));
        await Eventually.TrueAsync("the run to be under way", () => model.Running == 1);

        var stopped = server.StopAsync();

        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None).WithinAsync("the second status"));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, watch.ResponseStream.Current.Status);
        Assert.False(await watch.ResponseStream.MoveNext(CancellationToken.None).WithinAsync("the watch to end"));
        Assert.True(await stream.ResponseStream.MoveNext(CancellationToken.None).WithinAsync("the answer under way"));
        Assert.Equal(1f, BitConverter.ToSingle(stream.ResponseStream.Current.InferResponse.RawOutputContents[0].Span)); // negated an even number of times
        var error = await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(CancellationToken.None).WithinAsync("the stream to end"));
        Assert.Equal((StatusCode.Unavailable, "the server stops"), (error.StatusCode, error.Status.Detail));
        await stopped.WithinAsync("the stop");
    }

    [Fact]
    public async Task The_health_service_answers_and_watches()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));
        var health = new Health.HealthClient(server.Channel);

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new())).Status);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new() { Service = "inference.GRPCInferenceService" })).Status);
        var error = await Assert.ThrowsAsync<RpcException>(async () => await health.CheckAsync(new() { Service = "nothing" }));
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        using var watch = health.Watch(new());
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None).WithinAsync("the first status"));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, watch.ResponseStream.Current.Status);
    }

    private static ModelInferRequest Request(string model, int i) => new()
    {
        ModelName = model,
        Id = $"{i}",
        Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 2 }, Contents = new InferTensorContents { Fp32Contents = { i, 0 } } } },
    };

    private static ModelInferRequest Loop(long rounds) => new()
    {
        ModelName = "loop",
        Inputs =
        {
            new ModelInferRequest.Types.InferInputTensor { Name = "n", Datatype = "INT64", Shape = { 1 }, Contents = new InferTensorContents { Int64Contents = { rounds } } },
            new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1 }, Contents = new InferTensorContents { Fp32Contents = { 1 } } },
        },
    };
}
