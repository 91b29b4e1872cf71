using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Transforms;

/// <summary>A feature that is computed from others of its service, on demand.</summary>
/// <param name="Text">As it stands in the registry.</param>
/// <param name="Expression">Its inputs are the features of the service's views, the transforms, of which only those before it are named, and what comes with the request, by position.</param>
internal sealed record Transform(string Name, string Text, Expression Expression)
{
    public FieldType Type => Expression.Kind == ExpressionKind.Bool ? FieldType.Bool : FieldType.Double;
}
