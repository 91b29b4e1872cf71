using System.Net;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Tests.Models.Residency;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Models.Repository;

public sealed class RepositoryExtensionTests
{
    private const string Request = """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""";

    private const string Message = "repository_name: there is one repository; leave its name out";

    // y = -x, where the line model has 2x + 1.
    private static readonly OnnxModel Negative = new OnnxModel().Input("x", OnnxType.F32, -1, 2).Output("y", OnnxType.F32, -1, 2).Node("Neg", ["x"], ["y"]);

    [Fact]
    public async Task The_index_shows_states_and_reasons()
    {
        await using var server = await StartAsync(models => models.Add("line", ModelFolder.Line).Add("broken", "x"u8.ToArray()));

        var (_, index) = await server.PostAsync("/v2/repository/index", "");
        Assert.Equal("broken 1 UNAVAILABLE,line 1 READY", string.Join(',', index!.AsArray().Select(line => $"{line!["name"]} {line["version"]} {line["state"]}")));
        Assert.NotNull(index[0]!["reason"]);
        Assert.Null(index[1]!["reason"]);
        Json.Equal("""[{"name":"line","version":"1","state":"READY"}]""", (await server.PostAsync("/v2/repository/index", """{"ready":true}""")).Body);
        var overGrpc = await server.Grpc.RepositoryIndexAsync(new RepositoryIndexRequest { Ready = true });
        Assert.Equal(new RepositoryIndexResponse { Models = { new RepositoryIndexResponse.Types.ModelIndex { Name = "line", Version = "1", State = "READY" } } }, overGrpc);
    }

    [Fact]
    public async Task The_index_shows_what_can_be_loaded_whether_it_ever_was_or_not()
    {
        await using var server = await StartAsync(models => models.Add("line", ModelFolder.Line));
        server.Models.Add("later", ModelFolder.Line);

        Json.Equal("""[{"name":"later","state":"UNAVAILABLE","reason":"unloaded"},{"name":"line","version":"1","state":"READY"}]""", (await server.PostAsync("/v2/repository/index", "")).Body);
        Json.Equal("""[{"name":"line","version":"1","state":"READY"}]""", (await server.PostAsync("/v2/repository/index", """{"ready":true}""")).Body);
        Assert.Equal(["later", "line"], (await server.Grpc.RepositoryIndexAsync(new RepositoryIndexRequest())).Models.Select(line => line.Name));
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/later/unload", "")).Status); // it is not loaded
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/later/load", "")).Status);
        Assert.Equal("later READY ,line READY ", await IndexAsync(server));
    }

    [Fact]
    public async Task Unload_and_load_over_REST_and_both_gRPC_variants()
    {
        await using var server = await StartAsync(models => models.Add("line", ModelFolder.Line));

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/line/unload", "")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.PostAsync("/v2/models/line/infer", Request)).Status);
        Json.Equal("""[{"name":"line","version":"1","state":"UNAVAILABLE","reason":"unloaded"}]""", (await server.PostAsync("/v2/repository/index", "{}")).Body);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/line/load", "")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/models/line/infer", Request)).Status);

        await server.Grpc.RepositoryModelUnloadAsync(new RepositoryModelUnloadRequest { ModelName = "line" });
        Assert.False((await server.Grpc.ModelReadyAsync(new() { Name = "line" })).Ready);
        await server.Grpc.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { RepositoryName = "line" }); // KServe's clients
        Assert.True((await server.Grpc.ModelReadyAsync(new() { Name = "line" })).Ready);
        await server.Grpc.RepositoryModelUnloadAsync(new RepositoryModelUnloadRequest { RepositoryName = "line" });
        Assert.False((await server.Grpc.ModelReadyAsync(new() { Name = "line" })).Ready);
    }

    [Theory]
    [InlineData(null, "a UNAVAILABLE unloaded,b UNAVAILABLE unloaded,c UNAVAILABLE unloaded")]
    [InlineData("b nothing", "a UNAVAILABLE unloaded,b READY ,c UNAVAILABLE unloaded,nothing UNAVAILABLE there is no such model in the repository")]
    [InlineData("*", "a READY ,b READY ,c READY ")]
    public async Task At_the_start_the_models_are_loaded_that_are_named(string? load, string index)
    {
        await using var server = await InferenceServer.StartAsync(
            models => models.Add("a", ModelFolder.Line).Add("b", ModelFolder.Line).Add("c", ModelFolder.Line),
            builder =>
            {
                builder.UseSetting("ModelRepository:ControlMode", "Explicit");
                foreach (var (i, name) in (load?.Split(' ') ?? []).Index())
                {
                    builder.UseSetting($"ModelRepository:Load:{i}", name);
                }
            });

        Assert.Equal(index, await IndexAsync(server));
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/health/ready")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/a/load", "")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/models/a/infer", Request)).Status);
    }

    [Fact]
    public async Task An_unload_makes_room_for_a_load_that_waits_and_the_index_tells_of_both()
    {
        await using var server = await InferenceServer.StartAsync(
            models => models.Add("loop", ModelFolder.Loop).Add("line", ModelFolder.Line),
            builder => builder.UseSetting("ModelRepository:ControlMode", "Explicit").UseSetting("ModelRepository:Load:0", "loop")
                .UseSetting("ModelRepository:MemoryBudgetBytes", $"{Math.Max(AdderModel.Cost(ModelFolder.Loop), AdderModel.Cost(ModelFolder.Line))}").UseSetting("ModelRepository:ColdLoadTimeout", "00:10:00"));
        using var leaving = new CancellationTokenSource();
        using var endless = new StringContent("""{"inputs":[{"name":"n","shape":[1],"datatype":"INT64","data":[1000000000000]},{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}""");
        var busy = server.Http.PostAsync("/v2/models/loop/infer", endless, leaving.Token);
        await Eventually.TrueAsync("the model to be in use", () => server.Services.GetRequiredService<ModelTable>().Find("loop", null).Model!.Running == 1);

        var load = server.PostAsync("/v2/repository/models/line/load", "");
        await Eventually.TrueAsync("the load to wait", async () => await IndexAsync(server) == "line LOADING loading,loop READY ");
        var unload = server.PostAsync("/v2/repository/models/loop/unload", "");
        await Eventually.TrueAsync("the unload to wait for the run", async () => await IndexAsync(server) == "line LOADING loading,loop UNLOADING unloading");
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => busy);
        Assert.Equal(HttpStatusCode.OK, (await unload.WithinAsync("the unload")).Status);
        Assert.Equal(HttpStatusCode.OK, (await load.WithinAsync("the load")).Status);
        Assert.Equal("line READY ,loop UNAVAILABLE unloaded", await IndexAsync(server));
    }

    [Fact]
    public async Task What_cannot_be_loaded_says_why_and_what_served_goes_on()
    {
        await using var server = await StartAsync(models => models.Add("line", ModelFolder.Line));

        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("/v2/repository/models/nothing/load", "")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("/v2/repository/models/..%2F..%2Fetc/load", "")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.PostAsync("/v2/repository/models/nothing/unload", "")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.PostAsync("/v2/repository/models/line/load", """{"parameters":{"config":"\ud800"}}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.PostAsync("/v2/repository/models/line/load", """{"parameters":{"file:1/model.onnx":""}}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.PostAsync("/v2/repository/models/line/load", """{"parameters":{"config":"{"}}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.PostAsync("/v2/repository/models/line/load", "[]")).Status);
        server.Models.Add("line", "no model any more"u8.ToArray());
        var (status, body) = await server.PostAsync("/v2/repository/models/line/load", "");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("the file is no ONNX", (string?)body!["error"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/models/line/infer", Request)).Status);
        var error = await Assert.ThrowsAsync<RpcException>(async () => await server.Grpc.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { ModelName = "nothing" }));
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Fact]
    public async Task A_load_may_bring_its_own_config()
    {
        await using var server = await StartAsync(models => models.Add("line", ModelFolder.Line));

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/line/load", """{"parameters":{"config":"{\"max_batch_size\":3}"}}""")).Status);

        var (_, config) = await server.GetAsync("/v2/models/line/config");
        Assert.Equal(3, (int)config!["max_batch_size"]!);
        Json.Equal("""[{"name":"x","data_type":"TYPE_FP32","dims":[2]}]""", config["input"]);
        var overGrpc = (await server.Grpc.ModelConfigAsync(new ModelConfigRequest { Name = "line" })).Config;
        Assert.Equal((3, "x", Protos.Config.DataType.TypeFp32, 2L), (overGrpc.MaxBatchSize, overGrpc.Input[0].Name, overGrpc.Input[0].DataType, overGrpc.Input[0].Dims.Single()));
    }

    [Theory]
    [InlineData("""{\"version_policy\":{\"all\":{}}}""", "1,2,3")]
    [InlineData("""{\"version_policy\":{\"latest\":{\"num_versions\":2}}}""", "2,3")]
    [InlineData("""{\"version_policy\":{\"specific\":{\"versions\":[2]}}}""", "2")]
    public async Task A_load_may_bring_another_version_policy_and_the_next_one_without_goes_back(string config, string versions)
    {
        await using var server = await StartAsync(models => models.Add("line", ModelFolder.Line).Add("line", ModelFolder.Line, version: 2).Add("line", ModelFolder.Line, version: 3));

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/line/load", $$$"""{"parameters":{"config":"{{{config}}}"}}""")).Status);
        Assert.Equal(versions, await VersionsAsync(server));

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/line/load", "")).Status);
        Assert.Equal("3", await VersionsAsync(server));

        static async Task<string> VersionsAsync(InferenceServer server) =>
            string.Join(',', (await server.GetAsync("/v2/models/line")).Body!["versions"]!.AsArray().Select(version => (string?)version));
    }

    [Fact]
    public async Task There_is_one_repository_and_a_request_that_names_one_is_refused()
    {
        await using var server = await StartAsync(models => models.Add("line", ModelFolder.Line));

        foreach (var path in (string[])["index", "models/line/load", "models/line/unload"])
        {
            var (status, body) = await server.PostAsync($"/v2/repository/other/{path}", "");
            Assert.Equal((path, HttpStatusCode.NotImplemented), (path, status));
            Assert.Equal(Message, (string?)body!["error"]);
        }

        await RefusedAsync(server.Grpc.RepositoryIndexAsync(new RepositoryIndexRequest { RepositoryName = "other" }).ResponseAsync);
        await RefusedAsync(server.Grpc.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { RepositoryName = "other", ModelName = "line" }).ResponseAsync);
        await RefusedAsync(server.Grpc.RepositoryModelUnloadAsync(new RepositoryModelUnloadRequest { RepositoryName = "other", ModelName = "line" }).ResponseAsync);

        static async Task RefusedAsync(Task call)
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => call);
            Assert.Equal((StatusCode.Unimplemented, Message), (error.StatusCode, error.Status.Detail));
        }
    }

    [Fact]
    public async Task Loading_by_request_needs_the_mode_explicit()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line));

        Assert.Equal(HttpStatusCode.BadRequest, (await server.PostAsync("/v2/repository/models/line/unload", "")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/models/line/infer", Request)).Status);
    }

    [Fact]
    public async Task With_None_changed_files_are_not_looked_at_and_loads_are_refused()
    {
        var time = new ManualTimeProvider();
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line), builder => builder.UseTime(time).UseSetting("ModelRepository:ControlMode", "None"));
        server.Models.Add("line", Negative).Add("new", ModelFolder.Line);

        time.Advance(TimeSpan.FromDays(2)); // the longest that can be between two looks is one

        foreach (var act in (string[])["load", "unload"])
        {
            var (status, body) = await server.PostAsync($"/v2/repository/models/line/{act}", "");
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.EndsWith("it is None", (string?)body!["error"], StringComparison.Ordinal);
        }

        Assert.Equal("line READY ,new UNAVAILABLE unloaded", await IndexAsync(server));
        Json.Equal("[3,5]", (await server.PostAsync("/v2/models/line/infer", Request)).Body!["outputs"]![0]!["data"]);
    }

    [Fact]
    public async Task No_request_is_lost_or_mixed_while_a_model_is_replaced()
    {
        await using var server = await StartAsync(models => models.Add("line", ModelFolder.Line, """{"max_batch_size":8,"dynamic_batching":{}}"""));
        await using var callers = new SteadyCallers(server, "/v2/models/line/infer", Request);

        for (var i = 0; i < 10; i++)
        {
            server.Models.Add("line", i % 2 == 0 ? Negative : ModelFolder.Line);
            Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/line/load", "")).Status);
            await callers.GoOnAsync();
        }

        Assert.Equal(["200 [-1,-2]", "200 [3,5]"], await callers.StopAsync());
    }

    [Fact]
    public async Task With_polling_changed_new_and_removed_models_are_noticed()
    {
        await using var server = await InferenceServer.StartAsync(
            models => models.Add("line", ModelFolder.Line).Add("going", ModelFolder.Line), builder => builder.UseSetting("ModelRepository:PollInterval", "00:00:00.1"));

        server.Models.Add("line", Negative).Add("coming", ModelFolder.Line).Add("line", Negative, version: 2);
        Directory.Delete(Path.Combine(server.Models.Path, "going"), recursive: true);

        await Eventually.TrueAsync("the new version", async () => (await server.GetAsync("/v2/models/line/versions/2/ready")).Status == HttpStatusCode.OK);
        await Eventually.TrueAsync("the new model", async () => (await server.GetAsync("/v2/models/coming/ready")).Status == HttpStatusCode.OK);
        await Eventually.TrueAsync("the removed model to go", async () => (await server.GetAsync("/v2/models/going/ready")).Status == HttpStatusCode.NotFound);
        Json.Equal("[-1,-2]", (await server.PostAsync("/v2/models/line/infer", Request)).Body!["outputs"]![0]!["data"]);
    }

    private static async Task<string> IndexAsync(InferenceServer server) =>
        string.Join(',', (await server.PostAsync("/v2/repository/index", "")).Body!.AsArray().Select(line => $"{line!["name"]} {line["state"]} {line["reason"]}"));

    private static Task<InferenceServer> StartAsync(Action<ModelFolder> models) =>
        InferenceServer.StartAsync(models, builder => builder.UseSetting("ModelRepository:ControlMode", "Explicit").UseSetting("ModelRepository:Load:0", "*"));
}
