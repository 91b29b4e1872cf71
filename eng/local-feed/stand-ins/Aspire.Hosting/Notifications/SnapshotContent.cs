using System.Collections;
using System.Collections.Immutable;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Compares and edits the properties of a snapshot by content: lists count as equal when their elements are.</summary>
internal static class SnapshotContent
{
    public static bool PropertiesEqual(ImmutableArray<ResourcePropertySnapshot> x, ImmutableArray<ResourcePropertySnapshot> y) =>
        x.Length == y.Length && x.Zip(y).All(pair => PropertyEqual(pair.First, pair.Second));

    /// <summary>Replaces the property of that name in place, or appends it.</summary>
    public static ImmutableArray<ResourcePropertySnapshot> Set(this ImmutableArray<ResourcePropertySnapshot> properties, ResourcePropertySnapshot property)
    {
        for (var i = 0; i < properties.Length; i++)
        {
            if (properties[i].Name == property.Name)
            {
                return properties.SetItem(i, property);
            }
        }

        return properties.Add(property);
    }

    public static ImmutableArray<ResourcePropertySnapshot> Without(this ImmutableArray<ResourcePropertySnapshot> properties, string name) =>
        properties.RemoveAll(property => property.Name == name);

    private static bool PropertyEqual(ResourcePropertySnapshot x, ResourcePropertySnapshot y) =>
        x with { Value = null } == y with { Value = null } && ValueEqual(x.Value, y.Value);

    private static bool ValueEqual(object? x, object? y) => (x, y) switch
    {
        (string a, string b) => a == b,
        (IEnumerable a, IEnumerable b) => a.Cast<object?>().SequenceEqual(b.Cast<object?>()),
        _ => Equals(x, y),
    };
}
