namespace MlAspire.Pipelines.Flights;

/// <summary>How the events are called where they are pushed.</summary>
public static class FlightSources
{
    /// <summary>The push source of a kind of event: <c>departures</c> or <c>landings</c>.</summary>
    public static string NameOf(FlightEventKind kind) => kind == FlightEventKind.Departure ? "departures" : "landings";

    /// <summary>The producer under which the offsets of a kind of event are counted: <c>flights-departures</c> or <c>flights-landings</c>.</summary>
    public static string ProducerOf(FlightEventKind kind) => $"flights-{NameOf(kind)}";
}
