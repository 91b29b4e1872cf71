using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Onnx;

/// <summary>On a machine without CUDA: what is done when it is required, preferred or not wanted.</summary>
public sealed class ExecutionProviderTests
{
    private const string NoCuda = "CPUExecutionProvider";

    [Fact]
    public async Task A_model_that_requires_a_GPU_is_not_loaded_without_one_and_says_why_while_the_others_serve()
    {
        await using var server = await InferenceServer.StartAsync(models => models
            .Add("gpu", ModelFolder.Line, """{"instance_group":[{"kind":"KIND_GPU","gpus":[0]}]}""")
            .Add("cpu", ModelFolder.Line, """{"instance_group":[{"kind":"KIND_CPU","count":3}]}"""));

        var (status, body) = await server.GetAsync("/v2/models/gpu/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("it must run on CUDA (instance_group kind KIND_GPU): this ONNX Runtime has " + NoCuda, (string?)body!["error"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/cpu/ready")).Status);
        Json.Equal("""[{"count":3,"kind":"KIND_CPU","name":"cpu_0"}]""", (await server.GetAsync("/v2/models/cpu/config")).Body!["instance_group"]);
        var loaded = Assert.Single(server.Logs.Named("model_loaded")).Fields;
        Assert.Equal((NoCuda, null, 3, 1), (loaded["Provider"], loaded["GpuId"], loaded["Instances"], loaded["Threads"]));
    }

    [Fact]
    public async Task A_model_that_prefers_a_GPU_runs_on_the_CPU_where_this_ONNX_Runtime_has_no_other()
    {
        await using var server = await InferenceServer.StartAsync(
            models => models.Add("auto", ModelFolder.Line, """{"instance_group":[{"kind":"KIND_AUTO"}]}""").Add("silent", ModelFolder.Line),
            builder => builder.Configuration["Onnx:InstancesPerModel"] = "5");

        Json.Equal("""[{"count":1,"kind":"KIND_CPU","name":"auto_0"}]""", (await server.GetAsync("/v2/models/auto/config")).Body!["instance_group"]);
        Json.Equal("""[{"count":5,"kind":"KIND_CPU","name":"silent_0"}]""", (await server.GetAsync("/v2/models/silent/config")).Body!["instance_group"]);
        Assert.Empty(server.Logs.Named("cuda_unavailable"));
    }

    [Theory]
    [InlineData("Cuda", "{}", "it must run on CUDA (Onnx:Provider): this ONNX Runtime has")]
    [InlineData("Cpu", """{"instance_group":[{"kind":"KIND_GPU"}]}""", "it must run on CUDA (instance_group kind KIND_GPU): Onnx:Provider is Cpu")]
    public async Task The_service_decides_for_models_that_do_not_and_can_refuse_GPUs(string provider, string config, string says)
    {
        await using var server = await InferenceServer.StartAsync(
            models => models.Add("line", ModelFolder.Line, config).Add("cpu", ModelFolder.Line, """{"instance_group":[{"kind":"KIND_CPU"}]}"""),
            builder => builder.Configuration["Onnx:Provider"] = provider);

        Assert.Contains(says, (string?)(await server.GetAsync("/v2/models/line/ready")).Body!["error"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/cpu/ready")).Status);
    }

    [Theory]
    [InlineData("""{"instance_group":[{"kind":"KIND_TPU"}]}""", "instance_group kind KIND_TPU is not supported")]
    [InlineData("""{"instance_group":[{"kind":"KIND_GPU"},{"kind":"KIND_CPU"}]}""", "instance_group has the kinds KIND_GPU and KIND_CPU")]
    [InlineData("""{"instance_group":[{"kind":"KIND_GPU","gpus":[0,1]}]}""", "instance_group gpus names several devices")]
    [InlineData("""{"instance_group":[{"kind":"KIND_GPU","gpus":[-1]}]}""", "instance_group gpus must not be negative")]
    [InlineData("""{"instance_group":[{"kind":"KIND_CPU","gpus":[0]}]}""", "instance_group gpus has no meaning with KIND_CPU")]
    [InlineData("""{"optimization":{"execution_accelerators":{"gpu_execution_accelerator":[{"name":"tensorrt"}]}}}""", "may have one entry, 'cuda'")]
    [InlineData("""{"optimization":{"execution_accelerators":{"gpu_execution_accelerator":[{"name":"cuda"},{"name":"cuda"}]}}}""", "may have one entry, 'cuda'")]
    [InlineData("""{"optimization":{"execution_accelerators":{"gpu_execution_accelerator":[{"name":"cuda","parameters":{"enable_cuda_graph":"1"}}]}}}""", "'enable_cuda_graph' is no option of cuda that a model may set")]
    [InlineData("""{"instance_group":[{"kind":"KIND_CPU"}],"optimization":{"cuda":{"graphs":true}}}""", "optimization.cuda.graphs has no meaning with KIND_CPU")]
    [InlineData("""{"instance_group":[{"kind":"KIND_GPU","count":2}],"optimization":{"cuda":{"graphs":true}}}""", "optimization.cuda.graphs makes one run at a time; instance_group count must be 1")]
    [InlineData("""{"optimization":{"cuda":{"graphs":true,"busy_wait_events":true}}}""", "busy_wait_events")]
    [InlineData("""{"optimization":{"graph":{"level":3}}}""", "optimization.graph.level must be in [-1, 2], not 3")]
    public async Task A_placement_that_cannot_be_is_refused_by_the_name_of_its_field(string config, string says)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line, config));

        Assert.Contains(says, (string?)(await server.GetAsync("/v2/models/line/ready")).Body!["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task CUDA_graphs_are_taken_with_a_model_that_runs_on_the_CPU_in_the_end_and_shown_on_both_wires()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line, """{"optimization":{"cuda":{"graphs":true}}}"""));

        Json.Equal("""{"graphs":true}""", (await server.GetAsync("/v2/models/line/config")).Body!["optimization"]!["cuda"]);
        Assert.True((await server.Grpc.ModelConfigAsync(new() { Name = "line" })).Config.Optimization.Cuda.Graphs);
    }

    [Fact]
    public async Task Options_of_the_CUDA_provider_are_taken_with_a_model_that_runs_on_the_CPU_in_the_end()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line,
            """{"optimization":{"execution_accelerators":{"gpu_execution_accelerator":[{"name":"cuda","parameters":{"gpu_mem_limit":"1073741824","arena_extend_strategy":"kSameAsRequested"}}]}}}"""));

        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/line/ready")).Status);
    }

    [Theory]
    [InlineData(null, GraphOptimizationLevel.ORT_ENABLE_ALL)]
    [InlineData(-1, GraphOptimizationLevel.ORT_ENABLE_BASIC)]
    [InlineData(0, GraphOptimizationLevel.ORT_ENABLE_ALL)]
    [InlineData(1, GraphOptimizationLevel.ORT_ENABLE_EXTENDED)]
    [InlineData(2, GraphOptimizationLevel.ORT_DISABLE_ALL)]
    public void The_graph_s_level_means_what_it_means_to_Triton_s_ONNX_Runtime_backend(int? level, GraphOptimizationLevel expected)
    {
        var config = new ModelConfig { Optimization = level is { } number ? new ModelOptimization(new GraphOptimization(number)) : null };

        using var session = new SessionOptionsFactory(Options.Create(new OnnxOptions())).Create(graphLevel: ModelPlacement.Of(config).GraphLevel);

        Assert.Equal(expected, session.GraphOptimizationLevel);
    }

    [Fact]
    public void CUDA_that_is_built_in_but_does_not_start_gives_way_when_preferred_and_is_an_error_when_required()
    {
        using var logs = new RecordedLogs();
        using var services = new ServiceCollection().AddLogging(logging => logging.AddProvider(logs)).BuildServiceProvider();
        var options = Options.Create(new OnnxOptions());
        var providers = new ExecutionProviders(new SessionOptionsFactory(options), options, services.GetRequiredService<ILogger<ExecutionProviders>>()) { Available = [Placement.Cuda, Placement.Cpu] };

        using var runner = providers.Open("line", ModelFolder.Line.ToBytes(), null, Wanted(ProviderChoice.Auto));
        Assert.Equal(new Placement(GpuId: null, Threads: 1), runner.Placement);
        var warning = Assert.Single(logs.Named("cuda_unavailable"));
        Assert.Equal(("line", 3), (warning.Fields["Model"], warning.Fields["GpuId"]));
        var refusal = Assert.Throws<InvalidDataException>(() => providers.Open("line", ModelFolder.Line.ToBytes(), null, Wanted(ProviderChoice.Cuda)));
        Assert.StartsWith("it must run on CUDA (instance_group kind KIND_GPU): ", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith((string)warning.Fields["Reason"]!, refusal.Message, StringComparison.Ordinal);

        static PlacementRequest Wanted(ProviderChoice provider) => new(provider, GpuId: 3, new Dictionary<string, string>(), GraphOptimizationLevel.ORT_ENABLE_ALL);
    }
}
