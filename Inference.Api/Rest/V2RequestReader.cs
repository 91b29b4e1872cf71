using System.Text.Json;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Rest;

/// <summary>Reads the body of an infer request: JSON, then with the binary tensor extension the bytes of the inputs that announce them, in the order of the inputs.</summary>
internal sealed class V2RequestReader(TensorCheck check)
{
    /// <param name="body">JSON and binary together.</param>
    /// <param name="jsonBytes">Bytes of the JSON part: the whole body without the binary extension.</param>
    /// <exception cref="ServiceError">InvalidArgument: not JSON, or a field that the message names.</exception>
    public RestInferRequest Read(string model, string? version, ReadOnlyMemory<byte> body, int jsonBytes)
    {
        var json = body[..jsonBytes];
        var binary = body[jsonBytes..];
        try
        {
            return new Parse(check, json, binary).Run(model, version);
        }
        catch (JsonException exception)
        {
            return BareNumbers.Quote(json.Span) is { } quoted ? ReadQuoted(model, version, quoted, binary) : throw NotJson(exception);
        }
    }

    private RestInferRequest ReadQuoted(string model, string? version, byte[] quoted, ReadOnlyMemory<byte> binary)
    {
        try
        {
            return new Parse(check, quoted, binary).Run(model, version);
        }
        catch (JsonException exception)
        {
            throw NotJson(exception);
        }
    }

    private static ServiceError NotJson(JsonException exception) =>
        new(ErrorCode.InvalidArgument, $"the body is not JSON (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1})", "body");

    private ref struct Parse(TensorCheck check, ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> binary)
    {
        private ReadOnlyMemory<byte> rest = binary; // what no input has taken yet
        private string? id;
        private InferParameters parameters = InferParameters.None;
        private bool binaryByDefault;
        private List<Tensor>? inputs;
        private List<RequestedOutput>? outputs;

        public RestInferRequest Run(string model, string? version)
        {
            var reader = new Utf8JsonReader(json.Span);
            reader.Read();
            JsonFields.Require(ref reader, JsonTokenType.StartObject, "body");
            var seen = default(PropertyNames);
            while (JsonFields.TryNextProperty(ref reader, "body", ref seen, out var property))
            {
                ReadProperty(property, ref reader);
            }

            reader.Read(); // anything after the object is not JSON
            var request = new InferRequest
            {
                ModelName = model,
                ModelVersion = version,
                Id = string.IsNullOrEmpty(id) ? null : id,
                Parameters = parameters,
                Inputs = inputs ?? throw TensorCheck.Invalid("is missing", "inputs"),
                Outputs = outputs ?? [],
            };
            return rest.IsEmpty ? new RestInferRequest(request, binaryByDefault) : throw TensorCheck.Invalid($"{rest.Length} bytes are left that no input announced", "body");
        }

        private void ReadProperty(string property, ref Utf8JsonReader reader)
        {
            switch (property)
            {
                case "id": id = JsonFields.String(ref reader, "id"); break;
                case "parameters": ReadParameters(JsonFields.Parameters(ref reader, "parameters")); break;
                case "inputs": ReadInputs(ref reader); break;
                case "outputs": ReadOutputs(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        private void ReadParameters(Dictionary<string, object> values)
        {
            binaryByDefault = values.Remove("binary_data_output", out var binary) && JsonFields.Boolean(binary, "parameters", "binary_data_output");
            parameters = new InferParameters(values);
        }

        private void ReadInputs(ref Utf8JsonReader reader)
        {
            JsonFields.Require(ref reader, JsonTokenType.StartArray, "inputs");
            inputs = new(1); // as nearly every request has
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                RequireRoom(inputs.Count, "inputs");
                inputs.Add(new JsonInput(check, json, TensorField.Input(inputs.Count)).Read(ref reader, ref rest));
            }
        }

        private void ReadOutputs(ref Utf8JsonReader reader)
        {
            JsonFields.Require(ref reader, JsonTokenType.StartArray, "outputs");
            outputs = new(1);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                RequireRoom(outputs.Count, "outputs");
                outputs.Add(JsonOutput.Read(ref reader, TensorField.Output(outputs.Count)));
            }
        }

        private readonly void RequireRoom(int count, string field)
        {
            if (count == check.Limits.MaxTensors)
            {
                throw TensorCheck.Invalid($"more than {check.Limits.MaxTensors} tensors", field);
            }
        }
    }
}
