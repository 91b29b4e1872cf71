using System.Net;
using System.Text;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Serving;
using MlAspire.Inference.Api.Tests.Diagnostics;
using MlAspire.Inference.Api.Tests.Rest;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests;

/// <summary>Each limit, from both sides.</summary>
public sealed class LimitTests
{
    private const string Infer = "/v2/models/line/infer";
    private const string Load = "/v2/repository/models/line/load";
    private const string Good = """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""";

    [Theory]
    [InlineData(2048, HttpStatusCode.OK)]
    [InlineData(2049, HttpStatusCode.RequestEntityTooLarge)]
    public async Task MaxRequestBytes_bounds_the_body(int bytes, HttpStatusCode expected)
    {
        await using var server = await StartAsync("MaxRequestBytes", 2048);

        Assert.Equal(expected, (await server.PostAsync(Infer, Good.PadRight(bytes))).Status);
    }

    [Fact]
    public async Task No_room_is_made_for_more_elements_than_a_text_can_hold()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));

        // Of the text [1]}]} five elements with their commas cannot be: they take nine characters, and it has six.
        var (status, body) = await server.PostAsync(Infer, """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,5],"data":[1]}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Json.Equal("""{"error":"inputs[0].data: fewer elements than shape [1,5] calls for","code":"invalid_argument","field":"inputs[0].data"}""", body);
    }

    [Theory]
    [InlineData(2048, HttpStatusCode.OK)]
    [InlineData(2049, HttpStatusCode.RequestEntityTooLarge)]
    public async Task MaxRequestBytes_bounds_what_a_body_decompresses_to(int bytes, HttpStatusCode expected)
    {
        await using var server = await StartAsync("MaxRequestBytes", 2048);

        using var response = await server.Http.PostAsync(Infer, CompressionTests.Compress("gzip", Good.PadRight(bytes)));

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task MaxRequestBytes_bounds_a_body_of_unknown_length()
    {
        await using var server = await StartAsync("MaxRequestBytes", 2048);
        using var message = new HttpRequestMessage(HttpMethod.Post, Infer) { Content = new StringContent(Good.PadRight(2049)) };
        message.Headers.TransferEncodingChunked = true;

        using var response = await server.Http.SendAsync(message);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task MaxRequestBytes_bounds_a_gRPC_message()
    {
        await using var server = await StartAsync("MaxRequestBytes", 2048);

        var error = await Assert.ThrowsAsync<RpcException>(async () => await server.Grpc.ModelInferAsync(new ModelInferRequest { ModelName = "line", Id = new string('a', 2048) }));

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Theory]
    [InlineData(15, HttpStatusCode.OK)]
    [InlineData(20, HttpStatusCode.RequestHeaderFieldsTooLarge)]
    public async Task MaxHeaders_bounds_their_number(int more, HttpStatusCode expected)
    {
        await using var server = await StartAsync("MaxHeaders", 20);
        using var message = new HttpRequestMessage(HttpMethod.Get, "/v2");
        for (var i = 0; i < more; i++) // beside Host, and traceparent where the test is traced
        {
            message.Headers.Add($"x-{i}", "1");
        }

        using var response = await server.Http.SendAsync(message);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData(900, HttpStatusCode.OK)]
    [InlineData(1100, HttpStatusCode.RequestHeaderFieldsTooLarge)]
    public async Task MaxHeaderBytes_bounds_them_together(int bytes, HttpStatusCode expected)
    {
        await using var server = await StartAsync("MaxHeaderBytes", 1024);
        using var message = new HttpRequestMessage(HttpMethod.Get, "/v2") { Headers = { { "x-long", new string('a', bytes) } } };

        using var response = await server.Http.SendAsync(message);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task Limits_of_counts_hold_over_gRPC_too()
    {
        await using var server = await StartAsync("MaxRank", 2);
        var request = new ModelInferRequest { ModelName = "line", Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 1, 2 }, Contents = new InferTensorContents { Fp32Contents = { 1, 2 } } } } };

        var error = await Assert.ThrowsAsync<RpcException>(async () => await server.Grpc.ModelInferAsync(request));

        Assert.Equal((StatusCode.InvalidArgument, "inputs[0].shape: shape has 3 dimensions, at most 2 are allowed"), (error.StatusCode, error.Status.Detail));
    }

    [Theory]
    [InlineData("MaxTensors", 1, """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]},{"name":"z","shape":[1],"datatype":"FP32","data":[1]}]}""", "inputs: more than 1 tensors")]
    [InlineData("MaxTensors", 1, """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"y"},{"name":"z"}]}""", "outputs: more than 1 tensors")]
    [InlineData("MaxElements", 3, """{"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","data":[1,2,3,4]}]}""", "inputs[0].shape: shape [2,2] has more than 3 elements")]
    [InlineData("MaxRank", 2, """{"inputs":[{"name":"x","shape":[1,1,2],"datatype":"FP32","data":[1,2]}]}""", "inputs[0].shape: more than 2 dimensions")]
    public async Task A_count_above_its_limit_is_400(string limit, int value, string request, string error)
    {
        await using var server = await StartAsync(limit, value);

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(Infer, Good)).Status);
        var (status, body) = await server.PostAsync(Infer, request);

        Assert.Equal((HttpStatusCode.BadRequest, error), (status, (string?)body!["error"]));
    }

    [Fact]
    public async Task An_object_has_at_most_1024_names()
    {
        await using var server = await StartAsync("MaxRank", 2);
        string Request(int names) =>
            $$"""{"parameters":{{{string.Join(',', Enumerable.Range(0, names).Select(i => $"\"p{i}\":1"))}}},"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""";

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(Infer, Request(1024))).Status);
        var (status, body) = await server.PostAsync(Infer, Request(1025));

        Assert.Equal((HttpStatusCode.BadRequest, "parameters: more than 1024 names"), (status, (string?)body!["error"]));
    }

    [Fact]
    public async Task MaxConcurrentRequests_refuses_the_next_one_with_429_and_when_to_try_again()
    {
        await using var server = await StartAsync("MaxConcurrentRequests", 1);
        var more = new TaskCompletionSource();
        using var slow = new SlowContent(Encoding.UTF8.GetBytes(Good), more.Task);
        var first = server.Http.PostAsync(Infer, slow);

        await Eventually.TrueAsync("the first request to hold the only place", () => server.Services.GetRequiredService<RequestSlots>().Taken == 1);

        using var content = new StringContent(Good);
        using var refused = await server.Http.PostAsync(Infer, content);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("1", refused.Headers.GetValues("Retry-After").Single());
        Assert.Equal("""{"error":"1 inference requests are under way already","code":"overloaded"}""", await refused.Content.ReadAsStringAsync());
        var overGrpc = await Assert.ThrowsAsync<RpcException>(async () => await server.Grpc.ModelInferAsync(new ModelInferRequest { ModelName = "line" }));
        Assert.Equal((StatusCode.ResourceExhausted, "1", "overloaded"), (overGrpc.StatusCode, overGrpc.Trailers.GetValue("retry-after"), overGrpc.Trailers.GetValue("error-code")));

        more.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await first.WithinAsync("the first answer")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(Infer, Good)).Status);
    }

    [Fact]
    public async Task MaxConcurrentLoads_refuses_the_next_one_before_its_body_is_read_over_both_wires()
    {
        await using var server = await InferenceServer.StartAsync(
            models => models.Add("line", ModelFolder.Line),
            builder => builder.UseSetting("ModelRepository:ControlMode", "Explicit").UseSetting("Limits:MaxConcurrentLoads", "1").UseSetting("Limits:MaxRequestBytes", "2048"));
        var more = new TaskCompletionSource();
        using var slow = new SlowContent("""{"parameters":{}}"""u8.ToArray(), more.Task);
        var first = server.Http.PostAsync(Load, slow);
        await Eventually.TrueAsync("the first load to hold the only place", () => server.Services.GetRequiredService<LoadSlots>().Taken == 1);

        using var content = new StringContent(new string(' ', 4096)); // read, it would be too large
        using var refused = await server.Http.PostAsync(Load, content);
        var overGrpc = await LoadTooMuchAsync(server);

        Assert.Equal((HttpStatusCode.TooManyRequests, "1"), (refused.StatusCode, refused.Headers.GetValues("Retry-After").Single()));
        Assert.Equal("""{"error":"1 load requests are under way already","code":"overloaded"}""", await refused.Content.ReadAsStringAsync());
        Assert.Equal((StatusCode.ResourceExhausted, "1 load requests are under way already"), (overGrpc.StatusCode, overGrpc.Status.Detail));
        Assert.Equal(("1", "overloaded"), (overGrpc.Trailers.GetValue("retry-after"), overGrpc.Trailers.GetValue("error-code")));
        foreach (var path in (string[])["repositorymodelload", "RepositoryModelLoad/"])
        {
            using var otherwise = InferenceCaller.RawGrpc(server, path, new byte[4096]);
            using var answer = await server.Http.SendAsync(otherwise);
            Assert.Equal((path, "overloaded"), (path, answer.Headers.GetValues("error-code").Single()));
        }

        more.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await first.WithinAsync("the first load")).StatusCode);
        await server.Grpc.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = "line" });
        await Eventually.TrueAsync("the place to be free", () => server.Services.GetRequiredService<LoadSlots>().Taken == 0);
    }

    [Fact]
    public async Task MaxConcurrentStreams_refuses_the_next_one_until_one_has_ended()
    {
        await using var server = await StartAsync("MaxConcurrentStreams", 1);
        using (var open = server.Grpc.ModelStreamInfer())
        {
            await open.RequestStream.WriteAsync(new ModelInferRequest { ModelName = "none" });
            Assert.True(await open.ResponseStream.MoveNext(CancellationToken.None).WithinAsync("an answer"));

            using var refused = server.Grpc.ModelStreamInfer();
            var error = await Assert.ThrowsAsync<RpcException>(() => refused.ResponseStream.MoveNext(CancellationToken.None).WithinAsync("the refusal"));

            Assert.Equal((StatusCode.ResourceExhausted, "1 streams are open already", "overloaded"), (error.StatusCode, error.Status.Detail, error.Trailers.GetValue("error-code")));
            await open.RequestStream.CompleteAsync();
            Assert.False(await open.ResponseStream.MoveNext(CancellationToken.None).WithinAsync("the end"));
        }

        await Eventually.TrueAsync("the place to be free", async () =>
        {
            using var next = server.Grpc.ModelStreamInfer();
            try
            {
                await next.RequestStream.CompleteAsync();
                return !await next.ResponseStream.MoveNext(CancellationToken.None);
            }
            catch (RpcException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task A_load_that_its_mode_refuses_is_refused_before_its_body_is_read_over_both_wires()
    {
        await using var server = await StartAsync("MaxRequestBytes", 2048);

        var (status, body) = await server.PostAsync(Load, new string(' ', 4096));
        var overGrpc = await LoadTooMuchAsync(server);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.EndsWith("it is Poll", (string?)body!["error"], StringComparison.Ordinal);
        Assert.Equal(StatusCode.InvalidArgument, overGrpc.StatusCode);
        Assert.EndsWith("it is Poll", overGrpc.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public async Task An_id_has_a_longest_length_over_both_wires(int length, bool isTaken)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));
        var id = new string('i', length);

        var (status, body) = await server.PostAsync(Infer, Good.Replace("{\"inputs\"", $"{{\"id\":\"{id}\",\"inputs\"", StringComparison.Ordinal));
        var overGrpc = server.Grpc.ModelInferAsync(new ModelInferRequest { ModelName = "line", Id = id, Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 2 }, Contents = new InferTensorContents { Fp32Contents = { 1, 2 } } } } });

        if (isTaken)
        {
            Assert.Equal((HttpStatusCode.OK, id), (status, (string?)body!["id"]));
            Assert.Equal(id, (await overGrpc).Id);
            return;
        }

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Json.Equal("""{"error":"id: has 4097 characters, at most 4096 are allowed","code":"invalid_argument","field":"id"}""", body);
        var error = await Assert.ThrowsAsync<RpcException>(async () => await overGrpc);
        Assert.Equal((StatusCode.InvalidArgument, "id: has 4097 characters, at most 4096 are allowed"), (error.StatusCode, error.Status.Detail));
    }

    [Fact]
    public async Task What_is_not_ready_says_when_to_try_again()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Config("empty", "{}"));
        using var content = new StringContent(Good);

        using var infer = await server.Http.PostAsync("/v2/models/empty/infer", content);
        using var ready = await server.Http.GetAsync("/v2/models/empty/ready");

        Assert.All([infer, ready], response => Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (response.StatusCode, response.Headers.GetValues("Retry-After").Single())));
    }

    [Fact]
    public async Task A_number_that_asks_for_more_memory_than_the_machine_has_is_the_callers_fault()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add(
            "zeros", new OnnxModel().Input("s", OnnxType.I64, 2).Output("y", OnnxType.F32, -1, -1).Node("ConstantOfShape", ["s"], ["y"])));

        var (status, body) = await server.PostAsync("/v2/models/zeros/infer", """{"inputs":[{"name":"s","shape":[2],"datatype":"INT64","data":[1000000,1000000]}]}""");

        Assert.Equal((HttpStatusCode.BadRequest, "inputs"), (status, (string?)body!["field"]));
        Assert.StartsWith("inputs: the model cannot run on these inputs: ", (string?)body["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_largest_MaxRequestBytes_takes_requests_of_known_and_of_unknown_length()
    {
        await using var server = await StartAsync("MaxRequestBytes", 2146435072);

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(Infer, Good)).Status);
        using var message = new HttpRequestMessage(HttpMethod.Post, Infer) { Content = new StringContent(Good) };
        message.Headers.TransferEncodingChunked = true;
        using var response = await server.Http.SendAsync(message);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("Limits:MaxRank", "0")]
    [InlineData("Limits:MaxRank", "65")]
    [InlineData("Limits:MaxTensors", "0")]
    [InlineData("Limits:MaxRequestBytes", "1023")]
    [InlineData("Limits:MaxRequestBytes", "2146435073")]
    [InlineData("Limits:MaxConcurrentRequests", "0")]
    [InlineData("Limits:MaxConcurrentLoads", "0")]
    [InlineData("Limits:MaxConcurrentStreams", "0")]
    [InlineData("Limits:MaxHeaders", "0")]
    [InlineData("Limits:MaxHeaderBytes", "1023")]
    [InlineData("Limits:MaxRanks", "3")]
    [InlineData("Onnx:IntraOpThreads", "0")]
    [InlineData("Onnx:InstancesPerModel", "-1")]
    [InlineData("ModelRepository:Path", "")]
    public async Task A_setting_out_of_range_or_misspelt_stops_the_start_and_is_named(string key, string value)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(async () => await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line), builder => builder.UseSetting(key, value)));

        Assert.Contains(key.Split(':')[1], error.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A load of more bytes than the 2,048 that a test allows: who reads it says so.</summary>
    private static Task<RpcException> LoadTooMuchAsync(InferenceServer server) => Assert.ThrowsAsync<RpcException>(async () => await server.Grpc.RepositoryModelLoadAsync(
        new RepositoryModelLoadRequest { ModelName = "line", Parameters = { ["config"] = new ModelRepositoryParameter { StringParam = new string(' ', 4096) } } }));

    private static Task<InferenceServer> StartAsync(string limit, int value) =>
        InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line), builder => builder.UseSetting($"Limits:{limit}", $"{value}"));
}
