using System.Text.Json;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Rest;

/// <summary>Reads one element of <c>outputs</c>, as <c>{"name":"y","parameters":{"binary_data":true}}</c>.</summary>
internal static class JsonOutput
{
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: names the field.</exception>
    public static RequestedOutput Read(ref Utf8JsonReader reader, TensorField field)
    {
        JsonFields.Require(ref reader, JsonTokenType.StartObject, field.Name);
        string? name = null;
        (int Classification, bool? Binary) wanted = default;
        var seen = default(PropertyNames);
        while (JsonFields.TryNextProperty(ref reader, field.Name, ref seen, out var property))
        {
            switch (property)
            {
                case "name": name = JsonFields.String(ref reader, field.Name, "name"); break;
                case "parameters": wanted = ReadParameters(ref reader, field.Parameters); break;
                default: reader.Skip(); break;
            }
        }

        return new RequestedOutput(name ?? throw TensorCheck.Invalid("is missing", $"{field.Name}.name"), wanted.Classification, wanted.Binary);
    }

    private static (int Classification, bool? Binary) ReadParameters(ref Utf8JsonReader reader, string field)
    {
        JsonFields.Require(ref reader, JsonTokenType.StartObject, field);
        var classification = 0;
        bool? binary = null;
        var seen = default(PropertyNames);
        while (JsonFields.TryNextProperty(ref reader, field, ref seen, out var name))
        {
            var value = JsonFields.Parameter(ref reader, field, name);
            if (name == "binary_data")
            {
                binary = JsonFields.Boolean(value, field, "binary_data");
            }
            else
            {
                classification = OutputParameters.Classification(name, value, field) ?? classification;
            }
        }

        return (classification, binary);
    }
}
