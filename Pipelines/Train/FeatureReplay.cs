using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;
using MlAspire.Pipelines.Flights;

namespace MlAspire.Pipelines.Train;

/// <summary>The feature store in memory while the events go by: the service's own code and tiles, so that training sees what serving would have answered.</summary>
/// <remarks>At a moment, only events strictly before it are in the tiles: no flight sees its own delay or anything later. Owned by one thread.</remarks>
internal sealed class FeatureReplay
{
    private readonly FlightEvents events;
    private readonly MemoryTiles tiles;
    private readonly ServiceAggregation service;
    private readonly SourceAggregation[] sources;
    private readonly TileIncrement[] increments;
    private readonly FieldValue[] fields;
    private readonly string[] entities;
    private readonly AggregateValue[] values;
    private readonly int[] retentionDays;
    private readonly int[] next = new int[2];
    private int today;

    /// <param name="registry">Has the sources <c>departures</c> (origin, destination) and <c>landings</c> (origin, destination, delay_minutes).</param>
    /// <param name="service">The feature service to evaluate; its entities are <c>origin</c> and <c>destination</c>, and it takes nothing with the request.</param>
    /// <param name="events">The flights.</param>
    public FeatureReplay(FeatureRegistry registry, FeatureService service, FlightEvents events)
    {
        this.events = events;
        if (service.Request.Count > 0)
        {
            throw new InvalidOperationException($"The feature service '{service.Name}' takes '{service.Request[0].Name}' with the request, which a flight does not have.");
        }
        this.service = new ServiceAggregation(registry, service);
        tiles = new MemoryTiles(registry);
        sources = [Source(registry, FlightEventKind.Departure), Source(registry, FlightEventKind.Landing)];
        increments = new TileIncrement[sources.Max(source => source.ViewCount)];
        fields = new FieldValue[sources.Max(source => source.Source.Fields.Count)];
        entities = new string[this.service.EntityColumns.Length];
        values = new AggregateValue[this.service.FeatureNames.Length];
        retentionDays = [.. registry.Views.Select(view => (int)Math.Ceiling(view.Retention.TotalDays))];
    }

    /// <summary>Lets everything happen that happened strictly before <paramref name="instant"/> (UTC ticks), and nothing else.</summary>
    public void AdvanceTo(long instant)
    {
        Advance(FlightEventKind.Departure, instant);
        Advance(FlightEventKind.Landing, instant);
        if (DayOf(instant) is var day && day != today)
        {
            today = day;
            ForgetOldDays();
        }
    }

    /// <summary>Computes the features of a flight as they are at its departure; call <see cref="AdvanceTo"/> before.</summary>
    /// <param name="flight">The flight; of it only departure, origin and destination are looked at.</param>
    /// <param name="features">Shape [features of the service]; NaN = missing.</param>
    /// <param name="isOver">More has happened since the departure: as in the service, the tile that holds it does not count.</param>
    public void Read(in Flight flight, Span<double> features, bool isOver = false)
    {
        for (var i = 0; i < entities.Length; i++)
        {
            entities[i] = service.EntityColumns[i] == "origin" ? flight.Origin.Code : flight.Destination.Code;
        }
        foreach (var view in service.Views)
        {
            var days = tiles.Days(view.ViewIndex, view.EntityOf(entities));
            view.Evaluate(flight.Departure, days, values.AsSpan(view.FirstFeature, view.FeatureCount), isOver);
        }
        for (var i = 0; i < values.Length; i++)
        {
            features[i] = values[i].Value;
        }
        service.Transform(flight.Departure, features);
    }

    /// <summary>Half a year of tiles is half a gigabyte; the service keeps no more than the retention either.</summary>
    private void ForgetOldDays()
    {
        for (var view = 0; view < retentionDays.Length; view++)
        {
            tiles.Forget(view, today - retentionDays[view]);
        }
    }

    private static int DayOf(long instant) => (int)((instant - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerDay);

    private void Advance(FlightEventKind kind, long instant)
    {
        var ordered = events.Of(kind);
        ref var position = ref next[(int)kind];
        for (; position < ordered.Length && ordered[position].Instant < instant; position++)
        {
            Apply(sources[(int)kind], ordered[position]);
        }
    }

    private void Apply(SourceAggregation source, FlightEvent happened)
    {
        var flight = events.Flights[happened.Flight];
        for (var i = 0; i < source.Source.Fields.Count; i++)
        {
            fields[i] = source.Source.Fields[i].Name switch
            {
                "origin" => flight.Origin.Code,
                "destination" => flight.Destination.Code,
                "delay_minutes" => flight.DelayMinutes,
                var unknown => throw new InvalidOperationException($"The source '{source.Source.Name}' has a field '{unknown}' that a flight does not have."),
            };
        }
        source.Increments(new DateTimeOffset(happened.Instant, TimeSpan.Zero), fields, increments);
        foreach (ref readonly var increment in increments.AsSpan(0, source.ViewCount))
        {
            tiles.Add(increment);
        }
    }

    private static SourceAggregation Source(FeatureRegistry registry, FlightEventKind kind)
    {
        var name = FlightSources.NameOf(kind);
        return new SourceAggregation(registry, registry.Source(name) ?? throw new InvalidOperationException($"The feature registry has no source '{name}'."));
    }
}
