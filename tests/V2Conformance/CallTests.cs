using System.Text.Json.Nodes;
using Grpc.Core;
using MlAspire.Inference.Api.Protos;
using MlAspire.Testing;

namespace MlAspire.V2Conformance;

/// <summary>The calls beside inference, over both wires: the same of each.</summary>
public sealed class CallTests(ConformanceServer server)
{
    public static TheoryData<string> Wires => [TransportNames.Rest, TransportNames.Grpc];

    /// <summary>Each call that is for a model, with a model and with a version that there is not.</summary>
    public static TheoryData<string, string, string, string?> Unknown
    {
        get
        {
            var rows = new TheoryData<string, string, string, string?>();
            foreach (var wire in (string[])[TransportNames.Rest, TransportNames.Grpc])
            {
                foreach (var call in (string[])["ready", "metadata", "config", "statistics"])
                {
                    rows.Add(wire, call, "nothing", null);
                    rows.Add(wire, call, "nothing", "1");
                    rows.Add(wire, call, "two", "2");
                }

                rows.Add(wire, "load", "nothing", null);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task The_server_is_live_and_ready_and_says_what_it_is(string wire)
    {
        var calls = server.Calls(wire);

        Assert.Equal((true, true), (await calls.IsLiveAsync(), await calls.IsReadyAsync()));
        var said = await calls.ServerMetadataAsync();
        Assert.True(said.Name.Length > 0 && said.Version.Length > 0);
        Assert.All((string[])["binary_tensor_data", "classification", "model_repository", "model_configuration", "statistics"], extension => Assert.Contains(extension, said.Extensions.Split(' ')));
        Assert.Equal(await server.Calls(TransportNames.Rest).ServerMetadataAsync(), said);
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task A_model_is_ready_and_says_its_versions_and_its_tensors_with_the_rows_in_front(string wire)
    {
        var calls = server.Calls(wire);

        Assert.True(await calls.IsModelReadyAsync("rows", null));
        Assert.True(await calls.IsModelReadyAsync("versions", "3"));
        Assert.Equal(new ModelDescription("rows", "1", "x FP32 -1,3", "y FP32 -1,3"), await calls.ModelMetadataAsync("rows", null));
        Assert.Equal(new ModelDescription("versions", "1 3", "a FP32 -1; b FP32 -1", "sum FP32 -1; product FP32 -1"), await calls.ModelMetadataAsync("versions", null));
        Assert.Equal("3", (await calls.ModelMetadataAsync("versions", "3")).Versions);
        Assert.Equal(new ModelDescription("identity_BYTES", "1", "x BYTES -1,-1", "y BYTES -1,-1"), await calls.ModelMetadataAsync("identity_BYTES", "1"));
    }

    [Theory]
    [MemberData(nameof(Unknown))]
    public async Task What_there_is_not_is_not_found(string wire, string call, string model, string? version)
    {
        var calls = server.Calls(wire);

        var error = await Assert.ThrowsAsync<V2CallException>(() => call switch
        {
            "ready" => calls.IsModelReadyAsync(model, version),
            "metadata" => calls.ModelMetadataAsync(model, version),
            "config" => calls.ConfigAsync(model, version),
            "statistics" => calls.StatisticsAsync(model, version),
            _ => calls.LoadAsync(model, config: null),
        });

        Assert.True(error.Failure == V2Failure.NotFound, error.Message);
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task The_configuration_has_what_its_file_says(string wire)
    {
        var config = await server.Calls(wire).ConfigAsync("rows", null);

        Assert.Equal(("rows", 4), ((string)config["name"]!, (int)config["max_batch_size"]!));
        var (input, output) = (config["input"]!.AsArray().Single()!, config["output"]!.AsArray().Single()!);
        Assert.Equal("x TYPE_FP32 3", $"{input["name"]} {input["data_type"]} {string.Join(',', input["dims"]!.AsArray())}");
        Assert.Equal("y TYPE_FP32 3 labels.txt", $"{output["name"]} {output["data_type"]} {string.Join(',', output["dims"]!.AsArray())} {output["label_filename"]}");
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task Statistics_count_rows_runs_and_failures_exactly(string wire)
    {
        var calls = server.Calls(wire);
        await calls.UnloadAsync("counted");
        await calls.LoadAsync("counted", config: null); // they begin with it
        foreach (var rows in (int[])[1, 3, 3, 5]) // the last is one more than the model takes
        {
            await server.InferAsync(wire == TransportNames.Rest ? TransportNames.RestJson : TransportNames.GrpcRaw, ConformanceCases.Rows(rows) with { Model = "counted" });
        }

        var counts = Assert.Single(await calls.StatisticsAsync("counted", null));

        Assert.Equal(new ModelCounts("counted", "1", Inferences: 7, Executions: 3, Succeeded: 3, Failed: 1, "1:1 3:2"), counts);
        Assert.Equal(counts, Assert.Single(await calls.StatisticsAsync("counted", "1")));
        Assert.Contains(counts, await calls.StatisticsAsync(null, null));
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task A_model_is_unloaded_and_loaded_again_and_the_index_shows_it(string wire)
    {
        var calls = server.Calls(wire);
        Assert.Contains(new IndexLine("reloaded", "1", "READY"), await calls.IndexAsync(ready: true));

        await calls.UnloadAsync("reloaded");

        await Eventually.TrueAsync("the model to be gone", async () => (await calls.IndexAsync(ready: true)).All(line => line.Name != "reloaded"));
        Assert.Contains("reloaded", (await calls.IndexAsync(ready: false)).Select(line => line.Name));
        Assert.False(await calls.IsModelReadyAsync("reloaded", null));
        Assert.NotNull((await server.InferAsync(TransportNames.RestJson, ConformanceCases.Rows(1) with { Model = "reloaded" })).Failure);

        await calls.LoadAsync("reloaded", """{"name":"reloaded","backend":"onnxruntime","max_batch_size":2,"input":[{"name":"x","data_type":"TYPE_FP32","dims":[3]}],"output":[{"name":"y","data_type":"TYPE_FP32","dims":[3]}]}""");
        Assert.Equal(2, (int)(await calls.ConfigAsync("reloaded", null))["max_batch_size"]!);
        await calls.LoadAsync("reloaded", config: null);
        Assert.Equal(4, (int)(await calls.ConfigAsync("reloaded", null))["max_batch_size"]!);
        Assert.True(await calls.IsModelReadyAsync("reloaded", "1"));
        Assert.Null((await server.InferAsync(TransportNames.RestJson, ConformanceCases.Rows(4) with { Model = "reloaded" })).Failure);
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task A_config_that_cannot_be_is_refused_and_what_served_goes_on(string wire)
    {
        var calls = server.Calls(wire);

        var error = await Assert.ThrowsAsync<V2CallException>(() => calls.LoadAsync("reloaded", """{"max_batch_size":-1}"""));

        Assert.True(error.Failure == V2Failure.InvalidArgument, error.Message);
        Assert.True(await calls.IsModelReadyAsync("reloaded", null));
    }

    [Fact]
    public async Task A_stream_answers_each_request_in_turn_and_an_error_between_them_does_not_end_it()
    {
        using var stream = new GRPCInferenceService.GRPCInferenceServiceClient(server.Grpc).ModelStreamInfer();
        var transport = new GrpcTransport(null!, raw: true);
        foreach (var (model, id) in new (string, string)[] { ("rows", "first"), ("nothing", "second"), ("rows", "third") })
        {
            await stream.RequestStream.WriteAsync(transport.ToMessage(ConformanceCases.Rows(1) with { Model = model, Id = id }));
        }

        await stream.RequestStream.CompleteAsync();
        var answers = new List<JsonArray>();
        while (await stream.ResponseStream.MoveNext().WithinAsync("an answer"))
        {
            var (error, answer) = (stream.ResponseStream.Current.ErrorMessage, stream.ResponseStream.Current.InferResponse);
            answers.Add([answer.Id, error.Length > 0, answer.Parameters["triton_final_response"].BoolParam, string.Join(',', answer.Outputs.SelectMany(output => output.Shape))]);
        }

        Assert.Equal("""[["first",false,true,"1,3"],["second",true,true,""],["third",false,true,"1,3"]]""", new JsonArray([.. answers]).ToJsonString());
    }
}
