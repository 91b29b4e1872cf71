using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using MlAspire.FeatureStore.Feast;
using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Rest;

/// <summary>The schemas of what converters of ours read and write.</summary>
internal static class ColumnSchemas
{
    private const JsonSchemaType AnyScalar = JsonSchemaType.String | JsonSchemaType.Number | JsonSchemaType.Boolean | JsonSchemaType.Null;

    private static readonly string[] FeastStatuses = ["PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE"];

    public static void Complete(OpenApiSchema schema, Type type)
    {
        if (type == typeof(RequestColumn))
        {
            (schema.Type, schema.Items, schema.MaxItems) = (JsonSchemaType.Array, Scalar(AnyScalar), OnlineRows.MaxRows);
        }
        else if (type == typeof(FeatureVector))
        {
            Set(schema, ("values", Scalar(AnyScalar)), ("statuses", OneOf(FeastStatuses)), ("event_timestamps", new() { Type = JsonSchemaType.String, Format = "date-time" }));
        }
        else if (type == typeof(OnlineFeaturesResponse))
        {
            var feature = new OpenApiSchema();
            Set(feature, ("values", Scalar(AnyScalar)), ("statuses", OneOf(Enum.GetValues<FieldStatus>().Select(FieldStatuses.Wire))), ("ages_seconds", Scalar(JsonSchemaType.Integer | JsonSchemaType.Null)));
            feature.Properties!.Add("name", Scalar(JsonSchemaType.String));
            feature.Required!.Add("name");
            schema.Type = JsonSchemaType.Object;
            schema.Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["feature_service"] = Scalar(JsonSchemaType.String), ["version"] = Scalar(JsonSchemaType.Integer), ["features"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = feature },
            };
            schema.Required = schema.Properties.Keys.ToHashSet();
        }
    }

    /// <summary>Columns of one value a row.</summary>
    private static void Set(OpenApiSchema schema, params (string Name, OpenApiSchema Item)[] columns)
    {
        schema.Type = JsonSchemaType.Object;
        schema.Properties = columns.ToDictionary(column => column.Name, column => (IOpenApiSchema)new OpenApiSchema { Type = JsonSchemaType.Array, Items = column.Item });
        schema.Required = schema.Properties.Keys.ToHashSet();
    }

    private static OpenApiSchema Scalar(JsonSchemaType type) => new() { Type = type };

    private static OpenApiSchema OneOf(IEnumerable<string> values) => new() { Type = JsonSchemaType.String, Enum = [.. values.Select(value => (JsonNode)value)] };
}
