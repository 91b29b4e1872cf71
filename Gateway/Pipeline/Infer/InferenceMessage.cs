using System.Runtime.InteropServices;
using System.Text.Json;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Pipeline.Infer;

/// <summary>V2 inference request and answer with tensors as bytes: no rounding through text, and NaN travels as it is.</summary>
/// <remarks>
/// The body is the JSON header, then the tensors' little-endian bytes; the HTTP header <see cref="HeaderLength"/> says where the JSON ends.
/// Source: Open Inference Protocol, REST, and its extension "binary tensor data".
/// </remarks>
internal static class InferenceMessage
{
    public const string HeaderLength = "Inference-Header-Content-Length";
    public const string ModelDigest = "model-digest";

    /// <param name="definition">Names the tensors.</param>
    /// <param name="tensor">Row-major, shape [rows, columns].</param>
    /// <param name="rows">At least 1.</param>
    /// <returns>The body and the length of its JSON header.</returns>
    public static (byte[] Body, int HeaderBytes) Write(PipelineDefinition definition, float[] tensor, int rows)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("inputs");
            json.WriteStartObject();
            json.WriteString("name", definition.ModelInput);
            json.WriteString("datatype", "FP32");
            json.WriteStartArray("shape");
            json.WriteNumberValue(rows);
            json.WriteNumberValue(tensor.Length / rows);
            json.WriteEndArray();
            json.WriteStartObject("parameters");
            json.WriteNumber("binary_data_size", tensor.Length * sizeof(float));
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteStartArray("outputs");
            json.WriteStartObject();
            json.WriteString("name", definition.ModelOutput);
            json.WriteStartObject("parameters");
            json.WriteBoolean("binary_data", true);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        var headerBytes = (int)buffer.Length;
        buffer.Write(MemoryMarshal.AsBytes<float>(tensor));
        return (buffer.ToArray(), headerBytes);
    }

    /// <param name="definition">Names the output.</param>
    /// <param name="body">The answer's body.</param>
    /// <param name="headerBytes">The answer's <see cref="HeaderLength"/>; null when the whole body is JSON.</param>
    /// <param name="rows">How many numbers must be there.</param>
    /// <exception cref="FormatException">It is not what the protocol and the pipeline say; the message says what.</exception>
    /// <exception cref="ServiceError">Internal: a number is not finite.</exception>
    public static InferenceResult Read(PipelineDefinition definition, byte[] body, int? headerBytes, int rows)
    {
        if (headerBytes < 0 || headerBytes > body.Length)
        {
            throw new FormatException($"{HeaderLength} {headerBytes} does not fit a body of {body.Length} bytes");
        }

        try
        {
            var answer = JsonSerializer.Deserialize(body.AsSpan(0, headerBytes ?? body.Length), InferenceJson.Default.InferenceAnswer)!;
            var output = answer.Outputs.FirstOrDefault(output => output.Name == definition.ModelOutput)
                ?? throw new FormatException($"output '{definition.ModelOutput}' is missing");
            var values = output.Data ?? FloatsOf(output, body.AsSpan(headerBytes ?? body.Length));
            if (output.Datatype != "FP32" || values.Length != rows)
            {
                throw new FormatException($"output '{definition.ModelOutput}' is {output.Datatype} with {values.Length} values; expected FP32 with {rows}");
            }

            return values.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue)
                ? throw new ServiceError(ErrorCode.Internal, $"Model {definition.Model} answered a number that is not finite.") { ModelVersion = answer.ModelVersion }
                : new(answer.ModelVersion, values);
        }
        catch (JsonException e)
        {
            throw new FormatException("its JSON is not the protocol's", e);
        }
    }

    private static float[] FloatsOf(InferenceOutput output, ReadOnlySpan<byte> tail)
    {
        if (output.Parameters?.BinaryDataSize is not { } size || size != tail.Length || size % sizeof(float) != 0)
        {
            throw new FormatException($"output '{output.Name}' has neither data nor a binary_data_size that fits the {tail.Length} bytes after the header");
        }

        return MemoryMarshal.Cast<byte, float>(tail).ToArray();
    }
}
