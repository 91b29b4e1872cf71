using System.Globalization;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>What an aggregate view's definition says about the bytes of its tiles; docs/feature-layout.md has it with an example.</summary>
internal static class TileLayout
{
    private const byte Format = 1;

    /// <summary>8 hexadecimal digits that change with anything that decides which event adds what to which tile. They are in the key: tiles of another definition are never read or added to.</summary>
    /// <remarks>Not in it: features, windows, ttl and retention. They say how tiles are read and kept, not what is in them. A view that counts by itself has one count for its tiles and maxima, so that changed maxima, which have to be filled, change it.</remarks>
    public static string Version(AggregateView view) => LayoutVersion.Of([.. Lines(view), .. view.OwnOffsets && MaximaLayout.Of(view) is { } maxima ? maxima.Lines : []]);

    internal static IEnumerable<string> Lines(AggregateView view)
    {
        yield return $"{Format}";
        yield return $"source:{view.Source.Name}:{view.Source.EventTime}";
        foreach (var field in view.Join)
        {
            yield return $"join:{Typed(view.Source, field)}";
        }
        yield return $"tile:{new TileGrid(view.Tile).Seconds}";
        if (view.Value is { } value)
        {
            yield return $"value:{Typed(view.Source, value.Field)}:{value.Min}:{value.Max}";
        }
        if (view.Flag is { } flag)
        {
            yield return $"flag:{Typed(view.Source, flag.Field)}:{flag.GreaterThan.ToString("R", CultureInfo.InvariantCulture)}";
        }
        if (view.OwnOffsets) // nothing is counted twice, or not at all, when a view becomes such a one
        {
            yield return "offsets:own";
        }
    }

    internal static string Typed(PushSource source, string field) => $"{field}:{FieldTypes.Name(source.Fields[source.IndexOf(field)].Type)}";
}
