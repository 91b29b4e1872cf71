using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Tests.Diagnostics;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Disconnects;

/// <summary>Callers that go away, over real connections: out of the queue, out of a run, and the run itself when nobody is left; no neighbour notices, and each request is one event.</summary>
public sealed class DisconnectTests
{
    private const float Endless = 1e18f;
    private const float Long = 800_000; // about two seconds: the server must have noticed a caller that left before
    private const int Neighbours = 4;

    /// <summary>y = x, negated as often as the largest x of the batch says: an even number comes back as it is.</summary>
    private static readonly OnnxModel Rounds = new OnnxModel().Input("x", OnnxType.F32, -1, 1).Output("y", OnnxType.F32, -1, 1)
        .Node("ReduceMax", ["x"], ["most"], ("keepdims", 0L)).Node("Cast", ["most"], ["n"], ("to", (long)OnnxType.I64))
        .Node("Loop", ["n", "", "x"], ["y"], ("body", new OnnxModel()
            .Input("i", OnnxType.I64).Input("go", OnnxType.Bool).Input("v", OnnxType.F32, -1, 1).Output("still", OnnxType.Bool).Output("w", OnnxType.F32, -1, 1)
            .Node("Identity", ["go"], ["still"]).Node("Neg", ["v"], ["w"])));

    public static TheoryData<string> Ways => [.. LeavingCaller.Ways];

    public static MatrixTheoryData<string, int> WaysAndPositions => new(LeavingCaller.Ways, Enumerable.Range(0, Neighbours));

    [Theory]
    [MemberData(nameof(WaysAndPositions))]
    public async Task Who_leaves_the_queue_is_taken_out_at_once_and_touches_no_neighbour(string way, int position)
    {
        await using var server = await StartAsync();
        var model = Model(server);
        using var first = new CancellationTokenSource();
        using var leaver = new CancellationTokenSource();
        var occupant = await OccupyAsync(way, server, first.Token);
        var waiting = await QueueAsync(way, server, 2, position, leaver.Token);

        await leaver.CancelAsync();
        await Eventually.TrueAsync("the queue to be one shorter", () => model.Waiting == Neighbours - 1);
        await first.CancelAsync(); // nothing else ends that run

        await LeftAsync(occupant, waiting[position]);
        await AnsweredAsync(waiting, position, 2);
        await EventsAsync(server, cancelled: 2, ok: Neighbours - 1);
        Assert.Equal((Neighbours - 1, 1), (model.Statistics.Snapshot().InferenceCount, model.Statistics.Snapshot().ExecutionCount));
    }

    [Theory]
    [MemberData(nameof(WaysAndPositions))]
    public async Task Who_leaves_a_running_batch_touches_no_neighbour(string way, int position)
    {
        // On a busy machine the run may be over before the server has noticed who left: then a longer one.
        var noticed = await LeaveRunningAsync(way, position, Long) || await LeaveRunningAsync(way, position, 4 * Long);

        Assert.True(noticed, "The server did not notice in a run of some eight seconds that a caller had left.");
    }

    /// <returns>Whether the server noticed before the end of the run.</returns>
    private static async Task<bool> LeaveRunningAsync(string way, int position, float rounds)
    {
        await using var server = await StartAsync();
        var model = Model(server);
        using var first = new CancellationTokenSource();
        using var leaver = new CancellationTokenSource();
        var occupant = await OccupyAsync(way, server, first.Token);
        var waiting = await QueueAsync(way, server, rounds, position, leaver.Token);
        await first.CancelAsync();
        await Eventually.TrueAsync("the batch to run", () => model.Waiting == 0);

        await leaver.CancelAsync();

        await LeftAsync(occupant, waiting[position]);
        await AnsweredAsync(waiting, position, rounds);
        await Eventually.TrueAsync("every request's event", () => Statuses(server).Length > Neighbours);
        if (Statuses(server).Count(status => status == "ok") == Neighbours)
        {
            return false;
        }

        await EventsAsync(server, cancelled: 2, ok: Neighbours - 1);
        return true;
    }

    [Fact]
    public async Task Who_comes_to_a_full_queue_is_refused_before_its_body_is_read()
    {
        await using var server = await StartAsync(queue: 1);
        var model = Model(server);
        using var leaving = new CancellationTokenSource();
        var running = await OccupyAsync("close", server, leaving.Token);
        var waiting = LeavingCaller.AskAsync("close", server, "waits", Endless, leaving.Token);
        await Eventually.TrueAsync("it to wait", () => model.Waiting == 1);
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(server.Http.BaseAddress!.Host, server.Http.BaseAddress.Port, TestContext.Current.CancellationToken);
        using var stream = socket.GetStream();

        await stream.WriteAsync("POST /v2/models/rounds/infer HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        using var reader = new StreamReader(stream);
        Assert.Equal("HTTP/1.1 429 Too Many Requests", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, model.Statistics.Snapshot().Fail.Count);
        await leaving.CancelAsync();
        await LeftAsync(running, waiting);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task When_everybody_has_left_the_run_is_stopped(string way)
    {
        await using var server = await StartAsync();
        var model = Model(server);
        using var first = new CancellationTokenSource();
        using var others = new CancellationTokenSource();
        var occupant = await OccupyAsync(way, server, first.Token);
        var batch = Enumerable.Range(0, Neighbours).Select(i => LeavingCaller.AskAsync(way, server, $"{i}", Endless, others.Token)).ToArray();
        await Eventually.TrueAsync("all to wait", () => model.Waiting == Neighbours);
        await first.CancelAsync();
        await Eventually.TrueAsync("the batch to run", () => model.Waiting == 0);

        await others.CancelAsync(); // nothing else ends that run

        await LeftAsync([occupant, .. batch]);
        Assert.Equal(2, await LeavingCaller.AskAsync(way, server, "next", 2, CancellationToken.None).WithinAsync("the next answer"));
        await EventsAsync(server, cancelled: Neighbours + 1, ok: 1);
    }

    [Fact]
    public async Task A_deadline_of_gRPC_that_is_over_in_the_queue_takes_the_request_out()
    {
        await using var server = await StartAsync();
        var model = Model(server);
        using var first = new CancellationTokenSource();
        var occupant = await OccupyAsync("gRPC", server, first.Token);

        await InferenceCaller.RawGrpcAsync(server, "ModelInfer", LeavingCaller.Message("late", 2).ToByteArray(), timeout: "100m");

        await Eventually.TrueAsync("its event", () => Statuses(server).Contains("deadline_exceeded"));
        Assert.Equal(0, model.Waiting);
        await first.CancelAsync();
        await LeftAsync(occupant);
        Assert.Equal(0, model.Statistics.Snapshot().ExecutionCount);
    }

    private static Task<InferenceServer> StartAsync(int queue = 16) => InferenceServer.StartAsync(models =>
        models.Add("rounds", Rounds, $$$"""{"max_batch_size":8,"dynamic_batching":{"default_queue_policy":{"max_queue_size":{{{queue}}}}},"instance_group":[{"count":1}]}"""));

    private static LoadedModel Model(InferenceServer server) => server.Services.GetRequiredService<ModelTable>().Find("rounds", null).Model!;

    /// <summary>A request that runs until its caller leaves.</summary>
    private static async Task<Task<float>> OccupyAsync(string way, InferenceServer server, CancellationToken gone)
    {
        var task = LeavingCaller.AskAsync(way, server, "occupant", Endless, gone);
        await Eventually.TrueAsync("the model to be busy", () => Model(server).Running == 1);
        return task;
    }

    /// <summary>Requests that wait, one behind the other; number <c>i</c> asks for <c>rounds + 2i</c>.</summary>
    private static async Task<Task<float>[]> QueueAsync(string way, InferenceServer server, float Rounds, int leaving, CancellationToken gone)
    {
        var tasks = new Task<float>[Neighbours];
        for (var i = 0; i < Neighbours; i++)
        {
            tasks[i] = LeavingCaller.AskAsync(way, server, $"{i}", Rounds + (2 * i), i == leaving ? gone : CancellationToken.None);
            await Eventually.TrueAsync($"{i + 1} to wait", () => Model(server).Waiting == i + 1);
        }

        return tasks;
    }

    private static async Task AnsweredAsync(Task<float>[] waiting, int left, float Rounds)
    {
        for (var i = 0; i < Neighbours; i++)
        {
            if (i != left)
            {
                Assert.Equal(Rounds + (2 * i), await waiting[i].WithinAsync($"the answer of neighbour {i}"));
            }
        }
    }

    private static async Task LeftAsync(params Task<float>[] callers)
    {
        foreach (var caller in callers)
        {
            var failure = await Record.ExceptionAsync(() => caller.WithinAsync("a caller that left"));
            Assert.True(failure is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled }, $"{failure}");
        }
    }

    [Fact]
    public async Task A_run_ends_when_the_time_is_over_that_its_caller_gave_it()
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/rounds/infer")
        {
            Content = new StringContent($$"""{"inputs":[{"name":"x","shape":[1,1],"datatype":"FP32","data":[{{Endless.ToString("R", System.Globalization.CultureInfo.InvariantCulture)}}]}]}"""),
        };
        request.Headers.Add("x-request-timeout-ms", "200");

        using var response = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.GatewayTimeout, response.StatusCode);
        await Eventually.TrueAsync("the request's event", () => Statuses(server).Length > 0);
        Assert.Equal(["deadline_exceeded"], Statuses(server));
    }

    private static async Task EventsAsync(InferenceServer server, int cancelled, int ok)
    {
        await Eventually.TrueAsync("every request's event", () => Statuses(server).Length >= cancelled + ok);
        Assert.Equal([.. Enumerable.Repeat("cancelled", cancelled), .. Enumerable.Repeat("ok", ok)], Statuses(server).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(server.Logs.Events, each => each.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    private static string[] Statuses(InferenceServer server) => [.. server.Logs.Named("inference_completed").Select(each => (string)each.Fields["Status"]!)];
}
