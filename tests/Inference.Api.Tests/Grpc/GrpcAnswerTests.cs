using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Serving;
using MlAspire.Inference.Api.Tests.Diagnostics;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Grpc;

/// <summary>A request is under way until its answer has left the server, which a caller that does not read holds up.</summary>
public sealed class GrpcAnswerTests
{
    private const int Zeros = 16 << 20; // elements, 64 MiB: more than a connection takes from who does not wait

    [Theory]
    [InlineData("ModelInfer")]
    [InlineData("ModelStreamInfer")]
    public async Task A_request_holds_its_place_until_its_answer_has_been_read_and_is_told_of_only_then(string call)
    {
        await using var server = await StartAsync();
        using var request = Request(server, call);
        using var answer = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await RanAsync(server);

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await server.Grpc.ModelInferAsync(InferenceCaller.ToMessage("zeros", 1, "refused")));

        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal(["overloaded"], Statuses(server));
        Assert.InRange((await answer.Content.ReadAsByteArrayAsync()).Length, Zeros * sizeof(float), (Zeros * sizeof(float)) + 1000);
        await Eventually.TrueAsync("the place to be free", () => server.Services.GetRequiredService<RequestSlots>().Taken == 0);
        Assert.Equal(1, (await server.Grpc.ModelInferAsync(InferenceCaller.ToMessage("zeros", 1, "next"))).Outputs[0].Shape.Single());
        await Eventually.TrueAsync("three events", () => Statuses(server).Count() == 3);
        Assert.Equal(["overloaded", "ok", "ok"], Statuses(server));
    }

    [Theory]
    [InlineData("ModelInfer")]
    [InlineData("ModelStreamInfer")]
    public async Task A_caller_that_leaves_while_its_answer_is_written_cancelled_it(string call)
    {
        await using var server = await StartAsync();
        using var request = Request(server, call);
        using (await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            await RanAsync(server);
        }

        await Eventually.TrueAsync("the event", () => Statuses(server).Any());
        Assert.Equal(["cancelled"], Statuses(server));
        await Eventually.TrueAsync("the place to be free", () => server.Services.GetRequiredService<RequestSlots>().Taken == 0);
    }

    [Theory]
    [InlineData("modelinfer")]
    [InlineData("ModelInfer/")]
    [InlineData("MODELINFER/")]
    public async Task However_its_path_is_written_a_request_gives_its_place_back_and_is_told_of(string method)
    {
        await using var server = await StartAsync();

        for (var i = 0; i < 3; i++)
        {
            await InferenceCaller.RawGrpcAsync(server, method, InferenceCaller.ToMessage("zeros", 1, "otherwise").ToByteArray());
            await Eventually.TrueAsync("the place to be free", () => server.Services.GetRequiredService<RequestSlots>().Taken == 0);
        }

        await Eventually.TrueAsync("three events", () => Statuses(server).Count() == 3);
        Assert.Equal(["ok", "ok", "ok"], Statuses(server));
    }

    [Fact]
    public async Task A_call_holds_its_place_before_its_message_is_there_and_a_refused_one_is_not_read()
    {
        await using var server = await StartAsync();
        var more = new TaskCompletionSource();
        using var slow = await SlowAsync(server, more.Task);
        var first = server.Http.SendAsync(slow);
        await Eventually.TrueAsync("the place to be taken", () => server.Services.GetRequiredService<RequestSlots>().Taken == 1);

        using var large = InferenceCaller.RawGrpc(server, "ModelInfer", new byte[4096]); // read, it would be too large
        using var refused = await server.Http.SendAsync(large);

        Assert.Equal(("8", "overloaded", "1"), (Header(refused, "grpc-status"), Header(refused, "error-code"), Header(refused, "retry-after")));
        more.SetResult();
        using var answer = await first.WithinAsync("the first answer");
        Assert.Equal("0", answer.TrailingHeaders.GetValues("grpc-status").Single());
        await Eventually.TrueAsync("the place to be free", () => server.Services.GetRequiredService<RequestSlots>().Taken == 0);
        await Eventually.TrueAsync("two events", () => Statuses(server).Count() == 2);
        Assert.Equal(["overloaded", "ok"], Statuses(server));
    }

    [Fact]
    public async Task A_caller_that_leaves_before_its_message_is_there_gives_its_place_back()
    {
        await using var server = await StartAsync();
        using var leaving = new CancellationTokenSource();
        using var slow = await SlowAsync(server, Task.Delay(Timeout.Infinite, leaving.Token));
        var first = server.Http.SendAsync(slow, leaving.Token);
        await Eventually.TrueAsync("the place to be taken", () => server.Services.GetRequiredService<RequestSlots>().Taken == 1);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Eventually.TrueAsync("the place to be free", () => server.Services.GetRequiredService<RequestSlots>().Taken == 0);
        Assert.Equal(1, (await server.Grpc.ModelInferAsync(InferenceCaller.ToMessage("zeros", 1, "next"))).Outputs[0].Shape.Single());
    }

    private static Task<InferenceServer> StartAsync() => InferenceServer.StartAsync(
        models => models.Add("zeros", ModelFolder.Zeros), builder => builder.UseSetting("Limits:MaxConcurrentRequests", "1").UseSetting("Limits:MaxRequestBytes", "2048"));

    private static string Header(HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();

    private static async Task<HttpRequestMessage> SlowAsync(InferenceServer server, Task more)
    {
        var request = InferenceCaller.RawGrpc(server, "ModelInfer", InferenceCaller.ToMessage("zeros", 1, "slow").ToByteArray());
        request.Content = new SlowContent(await request.Content!.ReadAsByteArrayAsync(), more) { Headers = { ContentType = new("application/grpc") } };
        return request;
    }

    private static HttpRequestMessage Request(InferenceServer server, string call) => InferenceCaller.RawGrpc(server, call, InferenceCaller.ToMessage("zeros", Zeros, "first").ToByteArray());

    private static async Task RanAsync(InferenceServer server)
    {
        var model = server.Services.GetRequiredService<ModelTable>().Find("zeros", null).Model!;
        await Eventually.TrueAsync("the model to have run", () => model.Statistics.Snapshot().Success.Count == 1);
    }

    private static IEnumerable<string?> Statuses(InferenceServer server) => server.Logs.Named("inference_completed").Select(each => (string?)each.Fields["Status"]);
}
