using System.Net;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Protos;

namespace MlAspire.Inference.Api.Tests.Models.Config;

public sealed class ConfigTextTests
{
    // Every field that is supported, in the forms that people write: with and without colons, commas, lists, both quotes, comments.
    private const string Complete = """
        # a comment
        name: "line"
        platform: 'onnxruntime_onnx' backend: "onnxruntime"
        max_batch_size : 0x8
        default_model_filename: "model" ".onnx"
        input [ { name: "x" data_type: TYPE_FP32 format: FORMAT_NHWC dims: [ 1, 2 ] reshape { shape: [ 2 ] } } ]
        output { name: "y", data_type: TYPE_FP32; dims: 2 label_filename: "labels.txt" }
        version_policy: { specific { versions: [1, 2] } }
        instance_group [ { count: 2 kind: KIND_CPU name: "two" }, < kind: KIND_CPU > ]
        optimization { graph : { level : 1 } execution_accelerators { gpu_execution_accelerator : [ { name : "cuda" parameters { key: "gpu_mem_limit" value: "1000" } } ] } }
        dynamic_batching {
          preferred_batch_size: [ 4, 8 ]
          max_queue_delay_microseconds: 100
          preserve_ordering: True
          priority_levels: 2 default_priority_level: 1
          default_queue_policy { timeout_action: DELAY default_timeout_microseconds: 5000000000 allow_timeout_override: false max_queue_size: 16 }
          priority_queue_policy { key: 2 value { max_queue_size: 4 } }
        }
        model_warmup { name: "w" batch_size: 2 inputs { key: "x" value: { data_type: TYPE_FP32 dims: [ 1, 2 ] zero_data: true } } count: 3 }
        parameters { key: "who" value { string_value: "a \"b\"\n" } }
        response_cache { enable: false }
        """;

    private const string CompleteJson = """
        {"name":"line","platform":"onnxruntime_onnx","backend":"onnxruntime","max_batch_size":8,"default_model_filename":"model.onnx",
         "input":[{"name":"x","data_type":"TYPE_FP32","dims":[1,2],"reshape":{"shape":[2]},"format":"FORMAT_NHWC"}],
         "output":[{"name":"y","data_type":"TYPE_FP32","dims":[2],"label_filename":"labels.txt"}],
         "version_policy":{"specific":{"versions":[1,2]}},
         "instance_group":[{"count":3,"kind":"KIND_CPU","name":"line_0"}],
         "optimization":{"graph":{"level":1},"execution_accelerators":{"gpu_execution_accelerator":[{"name":"cuda","parameters":{"gpu_mem_limit":"1000"}}]}},
         "dynamic_batching":{"preferred_batch_size":[4,8],"max_queue_delay_microseconds":100,"preserve_ordering":true,"priority_levels":2,"default_priority_level":1,
           "default_queue_policy":{"timeout_action":"DELAY","default_timeout_microseconds":5000000000,"allow_timeout_override":false,"max_queue_size":16},
           "priority_queue_policy":{"2":{"timeout_action":"REJECT","default_timeout_microseconds":0,"allow_timeout_override":true,"max_queue_size":4}}},
         "model_warmup":[{"name":"w","batch_size":2,"inputs":{"x":{"data_type":"TYPE_FP32","dims":[1,2],"zero_data":true}},"count":3}],
         "parameters":{"who":{"string_value":"a \"b\"\n"}},
         "response_cache":{"enable":false}}
        """;

    [Theory]
    [InlineData("cudnn_conv_algo_search")]
    [InlineData("gpu_mem_limit")]
    [InlineData("arena_extend_strategy")]
    [InlineData("do_copy_in_default_stream")]
    [InlineData("intra_op_thread_count")]
    [InlineData("inter_op_thread_count")]
    [InlineData("execution_mode")]
    [InlineData("enable_mem_arena")]
    [InlineData("enable_mem_pattern")]
    [InlineData("memory.enable_memory_arena_shrinkage")]
    [InlineData("session.use_device_allocator_for_initializers")]
    public void A_parameter_of_Triton_s_ONNX_Runtime_backend_is_refused_by_name_and_not_ignored(string name)
    {
        var config = new ModelConfig { Parameters = new Dictionary<string, ParameterText> { [name] = new("1") } };

        var error = Assert.Throws<InvalidDataException>(() => ModelConfigCheck.Check("line", config));

        Assert.StartsWith($"parameters.{name} is an option of Triton's ONNX Runtime backend", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_config_pbtxt_serves_and_REST_and_gRPC_answer_all_of_it()
    {
        await using var server = await InferenceServer.StartAsync(models => models
            .Add("line", ModelFolder.Line).Add("line", ModelFolder.Line, version: 2).File("line/config.pbtxt", Complete).File("line/labels.txt", "a\nb\n"));

        var (status, config) = await server.GetAsync("/v2/models/line/versions/1/config");

        Assert.Equal(HttpStatusCode.OK, status);
        Json.Equal(CompleteJson, config);
        Assert.Equal(Expected(), (await server.Grpc.ModelConfigAsync(new ModelConfigRequest { Name = "line", Version = "2" })).Config);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/models/line/infer", """{"inputs":[{"name":"x","shape":[1,1,2],"datatype":"FP32","data":[1,2]}]}""")).Status);
    }

    [Fact]
    public async Task Without_a_config_the_effective_one_is_worked_out()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line), builder => builder.Configuration["Onnx:InstancesPerModel"] = "3");

        Json.Equal(
            """
            {"name":"line","platform":"onnxruntime_onnx","backend":"onnxruntime","max_batch_size":0,"default_model_filename":"model.onnx",
             "input":[{"name":"x","data_type":"TYPE_FP32","dims":[-1,2]}],"output":[{"name":"y","data_type":"TYPE_FP32","dims":[-1,2]}],
             "version_policy":{"latest":{"num_versions":1}},"instance_group":[{"count":3,"kind":"KIND_CPU","name":"line_0"}],"model_warmup":[],"parameters":{}}
            """,
            (await server.GetAsync("/v2/models/line/config")).Body);
    }

    [Fact]
    public async Task Two_configs_are_one_too_many()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line, "{}").File("line/config.pbtxt", ""));

        Assert.Contains("there is a config.json and a config.pbtxt", (string?)(await server.GetAsync("/v2/models/line/ready")).Body!["error"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\nmax_batch_size: 4\nsequence_batching { }", "config.pbtxt line 3: field 'sequence_batching' of ModelConfig is not supported")]
    [InlineData("ensemble_scheduling { step [] }", "line 1: field 'ensemble_scheduling' of ModelConfig is not supported")]
    [InlineData("input {\n name: \"x\"\n optional: true\n}", "line 3: field 'optional' of ModelInput is not supported")]
    [InlineData("dynamic_batching { priority_queue_policy { key: 1 } }", "an entry of 'priority_queue_policy' has no value")]
    [InlineData("max_batch_size: 1 dynamic_batching { priority_levels: 2 default_priority_level: 1 priority_queue_policy { key: 3 value { } } }", "priority_queue_policy must be of one of the priority_levels")]
    [InlineData("max_batch_size: 1 dynamic_batching { priority_levels: 1 default_priority_level: 1 priority_queue_policy { key: 1 value { max_queue_size: 100001 } } }", "max_queue_size must be in [0, 100000]")]
    [InlineData("output { format: FORMAT_NCHW }", "field 'format' of ModelOutput is not supported")]
    [InlineData("max_batch_size: 1\n\nmax_batch_size: 2", "line 3: field 'max_batch_size' is there twice")]
    [InlineData("max_batch_size: 2147483648", "line 1: field 'max_batch_size' must be an integer in [-2147483648, 2147483647], not '2147483648'")]
    [InlineData("max_batch_size: 1.5", "must be an integer")]
    [InlineData("max_batch_size: \"1\"", "must be an integer")]
    [InlineData("max_batch_size 1", "line 1: ':' is expected, not '1'")]
    [InlineData("max_batch_size:", "must be an integer in [-2147483648, 2147483647], not the end")]
    [InlineData("model_warmup { batch_size: -1 }", "must be an integer in [0, 4294967295]")]
    [InlineData("name: line", "a text in quotes is expected, not 'line'")]
    [InlineData("name: \"line", "line 1: a text does not end on its line")]
    [InlineData("name: \"\\x41\"", "an escape that is not supported")]
    [InlineData("input { data_type: TYPE_FP31 }", "field 'data_type' has no value 'TYPE_FP31'; it has TYPE_INVALID, TYPE_BOOL")]
    [InlineData("response_cache { enable: maybe }", "field 'enable' must be true or false, not 'maybe'")]
    [InlineData("input [ { name: \"x\" } { name: \"y\" } ]", "',' or ']' is expected, not '{'")]
    [InlineData("input {", "the name of a field is expected, not the end")]
    [InlineData("}", "the name of a field is expected, not '}'")]
    [InlineData("name: \"line\" §", "U+00A7 is not expected here")]
    [InlineData("parameters { key: \"a\" }", "an entry of 'parameters' has no value")]
    [InlineData("input { name: \"x\" dims: 2 }", "unknown data_type 'TYPE_INVALID'")]
    [InlineData("name: \"other\"", "config's name is 'other'")]
    [InlineData("instance_group { count: 1025 }", "instance_group count must be in [1, 1024]")]
    [InlineData("instance_group { kind: KIND_MODEL }", "instance_group kind KIND_MODEL is not supported")]
    [InlineData("instance_group { kind: KIND_CPU gpus: 0 }", "instance_group gpus has no meaning with KIND_CPU")]
    public async Task What_cannot_be_used_is_refused_by_name_and_line(string text, string says)
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line).File("line/config.pbtxt", text));

        var (status, body) = await server.GetAsync("/v2/models/line/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains(says, (string?)body!["error"], StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_and_every_flipped_bit_of_a_config_is_read_or_refused()
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(Complete);
        var refused = 0;
        for (var i = 0; i < bytes.Length * 8; i++)
        {
            var changed = bytes.ToArray();
            changed[i / 8] ^= (byte)(1 << (i % 8));
            refused += IsRefused(changed) ? 1 : 0;
            refused += i % 8 == 0 && IsRefused(bytes[..(i / 8)]) ? 1 : 0;
        }

        Assert.InRange(refused, bytes.Length, bytes.Length * 9);
        static bool IsRefused(byte[] text) => Record.Exception(() => ModelConfigFile.ParseText(text)) switch
        {
            null => false,
            InvalidDataException => true,
            var other => throw other,
        };
    }

    private static Protos.Config.ModelConfig Expected() => new()
    {
        Name = "line",
        Platform = "onnxruntime_onnx",
        Backend = "onnxruntime",
        MaxBatchSize = 8,
        DefaultModelFilename = "model.onnx",
        Input =
        {
            new Protos.Config.ModelInput
            {
                Name = "x",
                DataType = Protos.Config.DataType.TypeFp32,
                Format = Protos.Config.ModelInput.Types.Format.Nhwc,
                Dims = { 1, 2 },
                Reshape = new Protos.Config.ModelTensorReshape { Shape = { 2 } },
            },
        },
        Output = { new Protos.Config.ModelOutput { Name = "y", DataType = Protos.Config.DataType.TypeFp32, Dims = { 2 }, LabelFilename = "labels.txt" } },
        VersionPolicy = new Protos.Config.ModelVersionPolicy { Specific = new Protos.Config.ModelVersionPolicy.Types.Specific { Versions = { 1, 2 } } },
        InstanceGroup = { new Protos.Config.ModelInstanceGroup { Name = "line_0", Count = 3, Kind = Protos.Config.ModelInstanceGroup.Types.Kind.Cpu } }, // the counts of both
        Optimization = new Protos.Config.ModelOptimizationPolicy
        {
            Graph = new Protos.Config.ModelOptimizationPolicy.Types.Graph { Level = 1 },
            ExecutionAccelerators = new Protos.Config.ModelOptimizationPolicy.Types.ExecutionAccelerators
            {
                GpuExecutionAccelerator = { new Protos.Config.ModelOptimizationPolicy.Types.ExecutionAccelerators.Types.Accelerator { Name = "cuda", Parameters = { ["gpu_mem_limit"] = "1000" } } },
            },
        },
        DynamicBatching = new Protos.Config.ModelDynamicBatching
        {
            PreferredBatchSize = { 4, 8 },
            MaxQueueDelayMicroseconds = 100,
            PreserveOrdering = true,
            PriorityLevels = 2,
            DefaultPriorityLevel = 1,
            DefaultQueuePolicy = new Protos.Config.ModelQueuePolicy { TimeoutAction = Protos.Config.ModelQueuePolicy.Types.TimeoutAction.Delay, DefaultTimeoutMicroseconds = 5_000_000_000, AllowTimeoutOverride = false, MaxQueueSize = 16 },
            PriorityQueuePolicy = { [2] = new Protos.Config.ModelQueuePolicy { AllowTimeoutOverride = true, MaxQueueSize = 4 } },
        },
        ModelWarmup =
        {
            new Protos.Config.ModelWarmup
            {
                Name = "w",
                BatchSize = 2,
                Count = 3,
                Inputs = { ["x"] = new Protos.Config.ModelWarmup.Types.Input { DataType = Protos.Config.DataType.TypeFp32, Dims = { 1, 2 }, ZeroData = true } },
            },
        },
        Parameters = { ["who"] = new Protos.Config.ModelParameter { StringValue = "a \"b\"\n" } },
        ResponseCache = new Protos.Config.ModelResponseCache(),
    };
}
