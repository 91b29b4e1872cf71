using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Tests;

/// <summary>The shipped registry, and random flights to feed it with.</summary>
internal static class Flights
{
    public static readonly FeatureRegistry Registry = RegistryFile.Read(Path.Combine(AppContext.BaseDirectory, "features.json"));

    public static ServiceAggregation FlightDelay => new(Registry, Registry.Service("flight_delay")!);

    /// <summary>One departure or landing.</summary>
    public sealed record Event(string Source, DateTimeOffset Time, string Origin, string Destination, int Delay)
    {
        public FieldValue[] Row => Source == "landings" ? [Origin, Destination, Delay] : [Origin, Destination];
    }

    /// <summary>Events of both sources, over 10 days that end with the night of 1 April 2001, when the clocks changed.</summary>
    public static List<Event> Random(int seed, int count)
    {
        var random = new Random(seed);
        string[] airports = ["ATL", "LAX", "ORD"];
        var start = new DateTimeOffset(2001, 3, 23, 12, 0, 0, TimeSpan.Zero);
        return [.. Enumerable.Range(0, count).Select(_ => new Event(
            random.Next(2) == 0 ? "departures" : "landings",
            start.AddSeconds(random.Next(10 * 86_400)).ToOffset(TimeSpan.FromHours(random.Next(-10, 3))),
            airports[random.Next(3)], airports[random.Next(3)],
            random.Next(10) == 0 ? random.Next(-1_200, 1_700) : random.Next(-40, 40)))];
    }

    public static MemoryTiles Tiles(IEnumerable<Event> events)
    {
        var tiles = new MemoryTiles(Registry);
        var sources = Registry.Sources.ToDictionary(s => s.Name, s => new SourceAggregation(Registry, s));
        var increments = new TileIncrement[Registry.Views.Count];
        foreach (var e in events)
        {
            sources[e.Source].Increments(e.Time, e.Row, increments);
            foreach (var increment in increments.AsSpan(0, sources[e.Source].ViewCount))
            {
                tiles.Add(increment);
            }
        }
        return tiles;
    }
}
