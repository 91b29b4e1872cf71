using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>Answers V2 inference with binary tensors: the "model" says distance / 10,000 (version 2: one minus that), and version 3 unless the path names one (1 to 3 exist).</summary>
internal static class InferenceStandIn
{
    private const int Distance = 2;
    private const int Columns = 7;

    public static Task<StandIn> StartAsync() => StandIn.StartAsync(AnswerAsync);

    public static async Task AnswerAsync(Asked asked, HttpResponse response)
    {
        var segments = asked.Path.Split('/');
        if (segments is [_, "v2", "models", "flight-delay", "versions", var asks, "ready"])
        {
            response.StatusCode = asks is "1" or "2" or "3" ? StatusCodes.Status200OK : StatusCodes.Status404NotFound;
            return;
        }

        var version = segments is [_, "v2", "models", "flight-delay", "versions", var named, "infer"] ? named : "3";
        if (!asked.Path.StartsWith("/v2/models/flight-delay/", StringComparison.Ordinal) || version is not ("1" or "2" or "3"))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            await response.WriteAsJsonAsync(new { error = "unknown model or version" });
            return;
        }

        await WriteAsync(response, version, [.. TensorOf(asked).Chunk(Columns).Select(row => version == "2" ? 1 - (row[Distance] / 10_000) : row[Distance] / 10_000)]);
    }

    public static async Task WriteAsync(HttpResponse response, string version, float[] probabilities)
    {
        var bytes = MemoryMarshal.AsBytes<float>(probabilities).ToArray();
        var header = Encoding.UTF8.GetBytes(
            $$$"""{"model_name":"flight-delay","model_version":"{{{version}}}","outputs":[{"name":"probability","datatype":"FP32","shape":[{{{probabilities.Length}}},1],"parameters":{"binary_data_size":{{{bytes.Length}}}}}]}""");
        response.ContentType = "application/octet-stream";
        response.Headers["model-digest"] = $"sha256:{version}";
        response.Headers["Inference-Header-Content-Length"] = header.Length.ToString(CultureInfo.InvariantCulture);
        await response.Body.WriteAsync(header);
        await response.Body.WriteAsync(bytes);
    }

    /// <summary>The numbers the gateway sent, row-major, after checking that header and bytes agree.</summary>
    public static float[] TensorOf(Asked asked)
    {
        var length = int.Parse(asked.Header("Inference-Header-Content-Length")!, CultureInfo.InvariantCulture);
        var header = JsonNode.Parse(asked.Body.AsSpan(0, length))!;
        var input = Assert.Single(header["inputs"]!.AsArray())!;
        Assert.Equal("features", (string?)input["name"]);
        Assert.Equal("FP32", (string?)input["datatype"]);
        Assert.Equal(asked.Body.Length - length, (int)input["parameters"]!["binary_data_size"]!);
        var tensor = MemoryMarshal.Cast<byte, float>(asked.Body.AsSpan(length)).ToArray();
        Assert.Equal([tensor.Length / Columns, Columns], input["shape"]!.AsArray().Select(size => (int)size!));
        return tensor;
    }
}
