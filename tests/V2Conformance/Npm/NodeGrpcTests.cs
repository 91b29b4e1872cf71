using System.Text.Json.Nodes;

namespace MlAspire.V2Conformance;

/// <summary>A client that shares nothing with the server: Node's gRPC (<c>@grpc/grpc-js</c>) over a definition of its own.</summary>
public sealed class NodeGrpcTests(ConformanceServer server)
{
    /// <summary>What client.mjs must bring. 64-bit integers are strings there, and a field with its default value is left out.</summary>
    private const string Expected = """
        {
          "live": {"live": true},
          "ready": {"ready": true},
          "metadata": {"name": "rows", "versions": ["1"], "platform": "onnxruntime_onnx",
            "inputs": [{"name": "x", "datatype": "FP32", "shape": ["-1", "3"]}], "outputs": [{"name": "y", "datatype": "FP32", "shape": ["-1", "3"]}]},
          "config": {"name": "rows", "max_batch_size": 4},
          "statistics": [{"name": "versions", "version": "3"}],
          "index": [{"name": "versions", "version": "1", "state": "READY"}, {"name": "versions", "version": "3", "state": "READY"}],
          "contents": {"model": "two 1", "id": "7", "outputs": [["sum", "2", [11, 22]]]},
          "raw": {"model": "two 1", "outputs": [["sum", "1", [7]], ["product", "1", [12]]]},
          "integers": {"model": "identity_INT64 1", "outputs": [["y", "1,2", ["-9223372036854775808", "9223372036854775807"]]]},
          "text": {"model": "identity_BYTES 1", "outputs": [["y", "1,2", ["", "語"]]]},
          "classes": {"model": "rows 1", "outputs": [["y", "1,1", ["3.000000:1:bee"]]]},
          "unknown": 5,
          "stream": [{"model": "two 1", "id": "1", "outputs": [["sum", "1", [2]]]}, "failed", {"model": "two 1", "id": "3", "outputs": [["sum", "1", [4]]]}]
        }
        """;

    [Fact]
    public async Task Node_gets_what_it_asks_for()
    {
        await NpmPackages.InstallAsync();

        var answers = await NpmPackages.Folder.RunAsync("node", ["client.mjs", server.Grpc.Target], TestContext.Current.CancellationToken);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Expected), JsonNode.Parse(answers)), answers);
    }
}
