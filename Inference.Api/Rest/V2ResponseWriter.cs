using System.Buffers;
using System.Text.Json;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Rest;

/// <summary>Writes the JSON part of an infer answer. Outputs wanted as bytes only announce their size in it; their bytes follow in the order of the outputs.</summary>
internal static class V2ResponseWriter
{
    /// <summary>Of an answer's JSON: memory for a larger one is not kept for the next.</summary>
    public const int MaxKeptBytes = 64 * 1024;

    [ThreadStatic]
    private static Utf8JsonWriter? own; // points to what it wrote last

    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: an output cannot be written as JSON, or they are too large for it.</exception>
    public static void WriteJson(IBufferWriter<byte> output, InferResponse response, RestInferRequest request)
    {
        var writer = own ?? new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        own = null; // also when the answer cannot be written
        writer.Reset(output);
        writer.WriteStartObject();
        writer.WriteString("model_name"u8, response.ModelName);
        writer.WriteString("model_version"u8, response.ModelVersion);
        if (response.Id is { } id)
        {
            writer.WriteString("id"u8, id);
        }

        writer.WriteStartArray("outputs"u8);
        for (var i = 0; i < response.Outputs.Count; i++)
        {
            Write(writer, response.Outputs[i], request.IsBinary(i));
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        if (writer.BytesCommitted <= MaxKeptBytes)
        {
            own = writer;
        }
    }

    private static void Write(Utf8JsonWriter writer, Tensor tensor, bool binary)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, tensor.Name);
        writer.WriteString("datatype"u8, tensor.DataType.Name());
        writer.WriteStartArray("shape"u8);
        foreach (var dimension in tensor.Shape)
        {
            writer.WriteNumberValue(dimension);
        }

        writer.WriteEndArray();
        if (binary)
        {
            writer.WriteStartObject("parameters"u8);
            writer.WriteNumber("binary_data_size"u8, tensor.Data.Length);
            writer.WriteEndObject();
        }
        else
        {
            writer.WritePropertyName("data"u8);
            JsonTensorWriter.Write(writer, tensor);
        }

        writer.WriteEndObject();
    }
}
