namespace MlAspire.FeatureStore.Registry;

/// <summary>What people need to know of a definition; the store itself never looks at it.</summary>
/// <param name="Owner">Who answers for it; null = not said.</param>
/// <param name="Tags">Free text by name.</param>
internal sealed record Metadata(string? Owner, IReadOnlyDictionary<string, string> Tags)
{
    public static Metadata None { get; } = new(null, new Dictionary<string, string>());
}
