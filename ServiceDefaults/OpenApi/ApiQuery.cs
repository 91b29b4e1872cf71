using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.OpenApi;

namespace MlAspire.ServiceDefaults.OpenApi;

/// <summary>What the document says of a query parameter, or of a header, beyond what the handler's signature tells.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Description">What it is for, and what holds without it.</param>
public sealed record ApiParameter(string Name, string Description)
{
    public JsonSchemaType Type { get; init; } = JsonSchemaType.String;

    /// <summary>date-time, int32, int64; null = none.</summary>
    public string? Format { get; init; }

    /// <summary>Of a number, inclusive.</summary>
    public long? Minimum { get; init; }

    /// <summary>Of a number, inclusive.</summary>
    public long? Maximum { get; init; }

    /// <summary>The values there are; empty = any.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    public bool IsHeader { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>Whether it stands for any number of parameters, each of a name of its own.</summary>
    public bool IsAnyName { get; init; }

    public string? Example { get; init; }
}

/// <summary>How routes say it.</summary>
public static class ApiQuery
{
    public static TBuilder WithParameters<TBuilder>(this TBuilder route, params ApiParameter[] parameters)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata([.. parameters]);

    /// <summary>A moment.</summary>
    public static ApiParameter Time(string name, string description) => new(name, description) { Format = "date-time", Example = "2001-02-24T14:30:00-05:00" };

    /// <summary>A whole number within bounds, both inclusive.</summary>
    public static ApiParameter Number(string name, string description, long minimum, long? maximum = null) =>
        new(name, description) { Type = JsonSchemaType.Integer, Format = maximum <= int.MaxValue ? "int32" : "int64", Minimum = minimum, Maximum = maximum };

    internal static void AddTo(OpenApiOperation operation, IList<object> metadata)
    {
        foreach (var parameter in metadata.OfType<ApiParameter>())
        {
            operation.Parameters ??= [];
            var known = operation.Parameters.OfType<OpenApiParameter>().FirstOrDefault(each => each.Name == parameter.Name);
            if (known is null)
            {
                known = new OpenApiParameter { Name = parameter.Name, In = parameter.IsHeader ? ParameterLocation.Header : ParameterLocation.Query, Required = parameter.IsRequired };
                operation.Parameters.Add(known);
            }

            known.Description = parameter.Description;
            known.Schema = SchemaOf(parameter);
            known.Example = parameter.Example;
            if (parameter.IsAnyName)
            {
                (known.Style, known.Explode) = (ParameterStyle.Form, true);
            }
        }
    }

    private static OpenApiSchema SchemaOf(ApiParameter parameter) => parameter.IsAnyName
        ? new() { Type = JsonSchemaType.Object, AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.String } }
        : new()
        {
            Type = parameter.Type,
            Format = parameter.Format,
            Minimum = parameter.Minimum?.ToString(CultureInfo.InvariantCulture),
            Maximum = parameter.Maximum?.ToString(CultureInfo.InvariantCulture),
            Enum = parameter.Values.Count == 0 ? null : [.. parameter.Values.Select(value => (JsonNode)value)],
        };
}
