using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using MlAspire.Testing;
using MlAspire.Testing.Onnx;

namespace MlAspire.Inference.Api.Tests.Models.Files;

/// <summary>What someone who can write into the repository may try. Whatever it is: it is refused with the reason, and the others serve.</summary>
public sealed class HostileRepositoryTests
{
    private const string Request = """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""";

    [Theory]
    [InlineData("../../line/1/model.onnx")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../../weights.bin")]
    [InlineData("a\\..\\weights.bin")]
    [InlineData("")]
    [InlineData("a\nb")]
    public async Task External_data_elsewhere_is_refused(string location)
    {
        var model = new OnnxModel().Input("x", OnnxType.F32, -1, 2).Output("y", OnnxType.F32, -1, 2).ExternalFloats("w", location, 2).Node("Add", ["x", "w"], ["y"]);
        await RefusedAsync(models => models.Add("hostile", model).File("hostile/weights.bin", new byte[8]), "must be the path of a file below the version's directory");
    }

    [Fact]
    public async Task External_data_within_a_branch_is_found_too()
    {
        // If(b) { then: y = w }, with w's bytes elsewhere: the tensor is in a graph in an attribute of a node.
        var tensor = new ProtoWriter().Varint(1, 2).Varint(2, 1).Text(8, "w").Message(13, new ProtoWriter().Text(1, "location").Text(2, "../../line/1/model.onnx")).Varint(14, 1);
        var branch = new ProtoWriter().Text(2, "then").Message(5, tensor);
        var node = new ProtoWriter().Text(1, "b").Text(2, "y").Text(4, "If").Message(5, new ProtoWriter().Text(1, "then_branch").Message(6, branch).Varint(20, 5));
        var bytes = new ProtoWriter().Varint(1, 9).Message(7, new ProtoWriter().Message(1, node).Text(2, "test")).ToArray();

        await RefusedAsync(models => models.Add("hostile", bytes), "must be the path of a file below the version's directory");
    }

    /// <summary>Bytes that another parser of protobuf may read past, or take for the model's graph, whose tensor is in a file elsewhere.</summary>
    [Theory]
    [InlineData("9B06", "9C06", "3A")] // a group of field 99 before the graph
    [InlineData("", "", "BA80808010")] // the graph's tag with a 36th bit, which 32-bit parsers drop
    public async Task External_data_that_another_parser_would_find_is_refused(string before, string then, string tag)
    {
        var tensor = new ProtoWriter().Varint(1, 2).Varint(2, 1).Text(8, "w").Message(13, new ProtoWriter().Text(1, "location").Text(2, "../../line/1/model.onnx")).Varint(14, 1);
        var graph = new ProtoWriter().Text(2, "test").Message(5, tensor).ToArray();

        await RefusedAsync(models => models.Add("hostile", [8, 9, .. Hex(before), .. Hex(then), .. Hex(tag), (byte)graph.Length, .. graph]), "the file is no ONNX model: its protobuf cannot be read");

        static byte[] Hex(string text) => Convert.FromHexString(text);
    }

    [Fact]
    public async Task Graphs_within_graphs_beyond_what_protobuf_reads_are_refused()
    {
        var graph = new ProtoWriter().Text(2, "g");
        for (var depth = 0; depth < 50; depth++)
        {
            graph = new ProtoWriter().Message(1, new ProtoWriter().Text(4, "If").Message(5, new ProtoWriter().Text(1, "then_branch").Message(6, graph).Varint(20, 5)));
        }

        await RefusedAsync(models => models.Add("hostile", new ProtoWriter().Varint(1, 9).Message(7, graph).ToArray()), "the file is no ONNX model: its protobuf cannot be read");
    }

    [Fact]
    public async Task External_data_that_is_missing_or_cut_short_is_refused()
    {
        var model = new OnnxModel().Input("x", OnnxType.F32, -1, 2).Output("y", OnnxType.F32, -1, 2).ExternalFloats("w", "weights.bin", 2).Node("Add", ["x", "w"], ["y"]);
        await RefusedAsync(models => models.Add("hostile", model), "has no file weights.bin");
        await RefusedAsync(models => models.Add("hostile", model).File("hostile/1/weights.bin", new byte[7]), "Exception during initialization");
    }

    [Fact]
    public async Task Links_out_of_the_repository_are_refused_whatever_part_of_the_path_they_are()
    {
        using var elsewhere = new ModelFolder();
        elsewhere.Add("outside", ModelFolder.Line);
        await RefusedAsync(models => Directory.CreateSymbolicLink(Path.Combine(models.Path, "hostile"), Path.Combine(elsewhere.Path, "outside")), "leads out of the model's directory");
        await RefusedAsync(
            models =>
            {
                Directory.CreateDirectory(Path.Combine(models.Path, "hostile"));
                Directory.CreateSymbolicLink(Path.Combine(models.Path, "hostile", "1"), Path.Combine(elsewhere.Path, "outside", "1"));
            },
            "leads out of the model's directory");
        await RefusedAsync(models => File.CreateSymbolicLink(Path.Combine(models.Add("hostile", ModelFolder.Line).Path, "hostile", "config.json"), "/etc/hostname"), "leads out of the model's directory");
        await RefusedAsync(models => File.CreateSymbolicLink(Path.Combine(models.Add("hostile", ModelFolder.Line).Path, "hostile", "1", "lineage.json"), "/etc/hostname"), "leads out of the model's directory");
    }

    [Fact]
    public async Task Links_within_the_model_are_followed_and_circles_do_no_harm()
    {
        await using var server = await InferenceServer.StartAsync(models =>
        {
            models.File("linked/data/model.onnx", ModelFolder.Line.ToBytes());
            Directory.CreateSymbolicLink(Path.Combine(models.Path, "linked", "1"), "data");
            Directory.CreateSymbolicLink(Path.Combine(models.Path, "linked", "data", "circle"), "..");
            models.Add("circle", ModelFolder.Line);
            File.Delete(Path.Combine(models.Path, "circle", "1", "model.onnx"));
            File.CreateSymbolicLink(Path.Combine(models.Path, "circle", "1", "model.onnx"), "model.onnx");
        });

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/models/linked/infer", Request)).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.GetAsync("/v2/models/circle/ready")).Status);
    }

    [Fact]
    public async Task Files_that_are_empty_too_large_or_no_files_are_refused_before_they_are_read()
    {
        await RefusedAsync(models => models.Add("hostile", []), "is empty, or no regular file");
        await RefusedAsync(models => Process.Start("mkfifo", Path.Combine(Directory.CreateDirectory(Path.Combine(models.Path, "hostile", "1")).FullName, "model.onnx")).WaitForExit(), "is empty, or no regular file");
        await RefusedAsync(models => Directory.CreateDirectory(Path.Combine(models.Path, "hostile", "1", "model.onnx")), "has no file model.onnx");
        await RefusedAsync(models => Sparse(models, "hostile/1/model.onnx", 3L << 30), "makes the model larger than 2147483591 bytes");
        await RefusedAsync(models => Sparse(models.Add("hostile", ModelFolder.Line), "hostile/config.json", 2 << 20), "config.json is larger than 1048576 bytes");
        await RefusedAsync(models => Sparse(models.Add("hostile", ModelFolder.Line), "hostile/1/golden.json", 2 << 20), "golden.json is larger than 1048576 bytes");
    }

    [Fact]
    public async Task A_model_beyond_the_configured_size_is_refused_and_one_exactly_at_it_serves()
    {
        var bytes = ModelFolder.Line.ToBytes();
        await using var server = await InferenceServer.StartAsync(
            models => models.Add("line", bytes).Add("hostile", [.. bytes, 0x1A, 0]), builder => builder.Configuration["ModelRepository:MaxModelBytes"] = $"{bytes.Length}"); // two bytes more: an empty field

        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/v2/models/line/ready")).Status);
        Assert.Contains($"larger than {bytes.Length} bytes", (string?)(await server.GetAsync("/v2/models/hostile/ready")).Body!["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_with_control_characters_is_not_served_and_not_written_into_the_log_as_it_is()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("line", ModelFolder.Line).Add("bad\n\u001b[31m", ModelFolder.Line));

        Json.Equal("""{"models":["line"]}""", (await server.GetAsync("/v2/models")).Body);
        var log = Assert.Single(server.Logs.Named("model_load_failed"));
        Assert.Equal((LogLevel.Error, "Model bad%0A%1B%5B31m version 0 cannot be served: the name has control characters, or is not UTF-8"), (log.Level, log.Message));
    }

    [Fact]
    public async Task Models_beyond_the_bound_are_named_once_and_the_first_serve()
    {
        await using var server = await InferenceServer.StartAsync(
            models => Array.ForEach(["a", "b", "c", "d"], name => models.Add(name, ModelFolder.Line)),
            builder => builder.UseSetting("ModelRepository:MaxModels", "2").UseSetting("ModelRepository:PollInterval", "00:00:00.1"));
        server.Models.Add("b", ModelFolder.Line, version: 2);
        await Eventually.TrueAsync("two looks at the files", async () => (await server.GetAsync("/v2/models/b/versions/2/ready")).Status == HttpStatusCode.OK);

        Json.Equal("""{"models":["a","b"]}""", (await server.GetAsync("/v2/models")).Body);
        Assert.Equal(["c", "d"], server.Logs.Named("model_load_failed").Select(log => log.Fields["Model"]));
    }

    [Fact]
    public async Task Every_cut_of_a_model_is_refused_or_serves()
    {
        var bytes = ModelFolder.Line.ToBytes();
        await using var server = await InferenceServer.StartAsync(models =>
        {
            models.Add("line", ModelFolder.Line);
            for (var length = 0; length < bytes.Length; length++)
            {
                models.Add($"cut-{length}", bytes[..length]);
            }
        });

        var index = (await server.PostAsync("/v2/repository/index", "")).Body!.AsArray();
        Assert.Equal(bytes.Length + 1, index.Count);
        Assert.All(index, line => Assert.True((string?)line!["state"] == "READY" || ((string?)line["reason"])!.Length > 0));
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/models/line/infer", Request)).Status);
    }

    [Theory]
    [InlineData("""{"input":[null]}""", "input must not hold null")]
    [InlineData("""{"output":[null]}""", "output must not hold null")]
    [InlineData("""{"instance_group":[null]}""", "instance_group must not hold null")]
    [InlineData("""{"model_warmup":[null]}""", "model_warmup must not hold null")]
    [InlineData("""{"model_warmup":[{"batch_size":1,"inputs":{"x":null}}]}""", "model_warmup.inputs must not hold null")]
    [InlineData("""{"parameters":{"x":null}}""", "parameters must not hold null")]
    [InlineData("""{"parameters":{"intra_op_thread_count":{"string_value":"4"}}}""", "parameters.intra_op_thread_count is an option")]
    [InlineData("""{"optimization":{"execution_accelerators":{"gpu_execution_accelerator":[null]}}}""", "gpu_execution_accelerator must not hold null")]
    [InlineData("""{"optimization":{"execution_accelerators":{"gpu_execution_accelerator":[{"name":"cuda","parameters":{"use_tf32":null}}]}}}""", "gpu_execution_accelerator.parameters must not hold null")]
    [InlineData("""{"output":[{"name":"y","data_type":"TYPE_FP32","dims":[-1,2],"label_filename":"a"},{"name":"y","data_type":"TYPE_FP32","dims":[-1,2],"label_filename":"a"}]}""", "config names output 'y' twice")]
    [InlineData("""{"max_batch_size":4096,"model_warmup":[{"batch_size":4096,"inputs":{"x":{"data_type":"TYPE_FP32","dims":[2],"input_data_file":"large"}}}]}""", "the file does not hold one row of [2] FP32")]
    [InlineData("""{"max_batch_size":4096,"model_warmup":[{"batch_size":4096,"inputs":{"x":{"data_type":"TYPE_STRING","dims":[1],"input_data_file":"large"}}}]}""", "the file does not hold one row of [1] BYTES")]
    [InlineData("""{"model_warmup":[{"batch_size":0,"inputs":{"x":{"data_type":"TYPE_FP64","dims":[268435456],"random_data":true}}}]}""", "dims must be fixed, with at most")]
    public async Task A_config_that_nobody_reckons_with_is_refused_at_the_start_while_polling_and_by_request(string config, string says)
    {
        await RefusedAsync(models => Hostile(models).Config("hostile", config), says);

        await using var polling = await InferenceServer.StartAsync(models => Hostile(models.Add("line", ModelFolder.Line)), builder => builder.UseSetting("ModelRepository:PollInterval", "00:00:00.1"));
        polling.Models.Config("hostile", config);
        await Eventually.TrueAsync("the change to be refused", () => polling.Logs.Named("model_load_failed").Any(log => log.Message.Contains(says, StringComparison.Ordinal)));
        polling.Models.Add("later", ModelFolder.Line);
        await Eventually.TrueAsync("the repository to be looked at further", async () => (await polling.GetAsync("/v2/models/later/ready")).Status == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, (await polling.PostAsync("/v2/models/hostile/infer", Request)).Status); // what served goes on

        await using var asked = await InferenceServer.StartAsync(models => Hostile(models), builder => builder.UseSetting("ModelRepository:ControlMode", "Explicit"));
        var (status, body) = await asked.PostAsync("/v2/repository/models/hostile/load", new JsonObject { ["parameters"] = new JsonObject { ["config"] = config } }.ToJsonString());
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(says, (string?)body!["error"], StringComparison.Ordinal);

        static ModelFolder Hostile(ModelFolder models) => models.Add("hostile", ModelFolder.Line).File("hostile/a", "ant").File("hostile/warmup/large", new byte[1 << 20]);
    }

    private static async Task RefusedAsync(Action<ModelFolder> hostile, string says)
    {
        await using var server = await InferenceServer.StartAsync(models =>
        {
            models.Add("line", ModelFolder.Line);
            hostile(models);
        });

        var (status, body) = await server.GetAsync("/v2/models/hostile/ready");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains(says, (string?)body!["error"], StringComparison.Ordinal);
        Assert.Equal(LogLevel.Error, Assert.Single(server.Logs.Named("model_load_failed")).Level);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/models/line/infer", Request)).Status);
    }

    private static void Sparse(ModelFolder models, string path, long bytes)
    {
        models.File(path, "x");
        using var file = File.OpenWrite(Path.Combine(models.Path, path));
        file.SetLength(bytes);
    }
}
