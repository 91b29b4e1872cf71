using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Onnx;

/// <summary>Runs of more than one thread. A process makes its pool once, so the service is a process of its own here.</summary>
public sealed class SharedThreadsTests
{
    [Fact]
    public async Task Models_whose_runs_use_several_threads_share_them()
    {
        var (one, thirty) = (await ThreadsAsync(models: 1), await ThreadsAsync(models: 30));

        Assert.InRange(thirty - one, -20, 20); // two threads a model of its own would be 58
    }

    [Fact]
    public void Another_number_of_threads_in_a_process_that_uses_ONNX_Runtime_already_is_refused_by_the_name_of_its_option()
    {
        OrtEnv.Instance();

        var refusal = Assert.Throws<InvalidOperationException>(() => new SessionOptionsFactory(Options.Create(new OnnxOptions { IntraOpThreads = 3 })));

        Assert.StartsWith("Onnx:IntraOpThreads cannot be 3: ", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>The threads of a service whose models have all answered.</summary>
    private static async Task<int> ThreadsAsync(int models)
    {
        using var folder = new ModelFolder();
        for (var i = 0; i < models; i++)
        {
            folder.Add($"m{i}", ModelFolder.Line);
        }

        using var service = await ServiceProcess.StartAsync("MlAspire.Inference.Api.dll", $"--ModelRepository:Path={folder.Path}", "--GRPC_PORT=0", "--Onnx:IntraOpThreads=3");
        for (var i = 0; i < models; i++)
        {
            var answer = await service.Client.PostAsync($"/v2/models/m{i}/infer", JsonContent.Create(JsonNode.Parse("""{"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]}""")));
            Assert.Equal((HttpStatusCode.OK, "[3,5]"), (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonNode>())!["outputs"]![0]!["data"]!.ToJsonString()));
        }

        return service.Threads;
    }
}
