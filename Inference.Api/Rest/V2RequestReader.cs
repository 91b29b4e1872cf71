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
            return BareNumbers.Quote(json.Span, out var places) is { } quoted ? ReadQuoted(model, version, (quoted, places), binary) : throw NotJson(exception);
        }
    }

    private RestInferRequest ReadQuoted(string model, string? version, (byte[] Json, List<int> Places) quoted, ReadOnlyMemory<byte> binary)
    {
        try
        {
            return new Parse(check, quoted.Json, binary, quoted.Places).Run(model, version);
        }
        catch (JsonException exception)
        {
            throw NotJson(exception);
        }
    }

    private static ServiceError NotJson(JsonException exception) =>
        new(ErrorCode.InvalidArgument, $"the body is not JSON (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1})", "body");

    /// <param name="bare">Where <paramref name="json"/> has words that were bare, ascending.</param>
    private ref struct Parse(TensorCheck check, ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> binary, List<int>? bare = null)
    {
        private int bareLeft = bare?.Count ?? 0; // those that are not, as far as read, elements of floating-point data
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
            if (bareLeft > 0)
            {
                throw TensorCheck.Invalid("a bare NaN or Infinity may only be an element of floating-point data", "body");
            }

            var request = new InferRequest
            {
                ModelName = model,
                ModelVersion = version,
                Id = RequestCheck.Id(id),
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
                var input = new JsonInput(check, json, TensorField.Input(inputs.Count));
                inputs.Add(input.Read(ref reader, ref rest));
                if (bare is not null && input.FloatingPointText is { } text)
                {
                    bareLeft -= BareNumbers.CountWithin(text, bare);
                }
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
