using System.Text.Json;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Rest;

/// <summary>Reads one element of <c>outputs</c>, as <c>{"name":"y","parameters":{"binary_data":true}}</c>.</summary>
internal static class JsonOutput
{
    /// <returns>The output, and whether it is wanted as bytes; null = as the request says.</returns>
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: names the field.</exception>
    public static (RequestedOutput Output, bool? Binary) Read(ref Utf8JsonReader reader, string field)
    {
        JsonFields.Require(ref reader, JsonTokenType.StartObject, field);
        string? name = null;
        Dictionary<string, object>? parameters = null;
        var seen = default(PropertyNames);
        while (JsonFields.TryNextProperty(ref reader, field, ref seen, out var property))
        {
            switch (property)
            {
                case "name": name = JsonFields.String(ref reader, field, "name"); break;
                case "parameters": parameters = JsonFields.Parameters(ref reader, $"{field}.parameters"); break;
                default: reader.Skip(); break;
            }
        }

        var output = name ?? throw TensorCheck.Invalid("is missing", $"{field}.name");
        if (parameters is null)
        {
            return (new RequestedOutput(output), null);
        }

        bool? binary = parameters.TryGetValue("binary_data", out var chosen) ? JsonFields.Boolean(chosen, $"{field}.parameters.binary_data") : null;
        return (OutputParameters.Read(output, parameters, field), binary);
    }
}
