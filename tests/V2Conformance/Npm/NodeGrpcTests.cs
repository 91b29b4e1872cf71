using System.Text.Json.Nodes;
using MlAspire.Testing;

namespace MlAspire.V2Conformance;

/// <summary>A client that shares nothing with the server: Node's gRPC (<c>@grpc/grpc-js</c>) over the protocol's definition.</summary>
public sealed class NodeGrpcTests(ConformanceServer server)
{
    /// <summary>What client.mjs must bring. 64-bit integers are strings there, and a field with its default value is left out.</summary>
    private const string Expected = """
        {
          "live": {"live": true},
          "ready": {"ready": true},
          "inputs": [{"name": "x", "datatype": "FP32", "shape": ["-1", "3"]}],
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

        var answers = await NpmPackages.Folder.RunAsync("node", ["client.mjs", server.Grpc.Target, Path.Combine(Checkout.Root, "Inference.Api", "Protos", "grpc_inference.proto")], TestContext.Current.CancellationToken);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Expected), JsonNode.Parse(answers)), answers);
    }
}
