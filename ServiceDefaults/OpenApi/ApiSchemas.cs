using System.Text.Json.Serialization.Metadata;
using Microsoft.OpenApi;

namespace MlAspire.ServiceDefaults.OpenApi;

/// <summary>What the schemas of records say beyond the framework's.</summary>
internal static class ApiSchemas
{
    /// <summary>A member is always there when it is never null and has no default, and only then; unless the service is strict about what it is given.</summary>
    public static void Complete(OpenApiSchema schema, JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || schema.Properties is null || type.Options.RespectRequiredConstructorParameters)
        {
            return;
        }

        foreach (var property in type.Properties.Where(property => !property.IsRequired && schema.Properties.ContainsKey(property.Name)))
        {
            schema.Required ??= new HashSet<string>();
            _ = property.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false } parameter && !IsNullable(parameter) ? schema.Required.Add(property.Name) : schema.Required.Remove(property.Name);
        }
    }

    private static bool IsNullable(JsonParameterInfo parameter) => parameter.IsNullable || Nullable.GetUnderlyingType(parameter.ParameterType) is not null;
}
