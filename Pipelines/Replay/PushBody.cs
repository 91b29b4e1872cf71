using System.Globalization;
using System.Text.Json.Serialization;
using MlAspire.Pipelines.Flights;

namespace MlAspire.Pipelines.Replay;

/// <summary>Body of <c>POST /push</c>; docs/features.md shows it.</summary>
/// <param name="PushSourceName"><c>departures</c> or <c>landings</c>.</param>
/// <param name="Df">Columns by name, of equal length.</param>
/// <param name="To">Always <c>online</c>.</param>
/// <param name="Producer">Whose offsets are counted.</param>
/// <param name="Offset">Offset of the first row.</param>
internal sealed record PushBody(string PushSourceName, PushColumns Df, string To, string Producer, int Offset)
{
    /// <param name="kind">Kind of all the events.</param>
    /// <param name="events">At least one, with consecutive offsets.</param>
    /// <param name="flights">The flights by index.</param>
    public static PushBody Of(FlightEventKind kind, ReadOnlySpan<FlightEvent> events, IReadOnlyList<Flight> flights)
    {
        var columns = new PushColumns(new string[events.Length], new string[events.Length], new string[events.Length], kind == FlightEventKind.Landing ? new int[events.Length] : null);
        for (var i = 0; i < events.Length; i++)
        {
            var flight = flights[events[i].Flight];
            columns.EventTime[i] = new DateTime(events[i].Instant, DateTimeKind.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
            columns.Origin[i] = flight.Origin.Code;
            columns.Destination[i] = flight.Destination.Code;
            if (columns.DelayMinutes is { } delays)
            {
                delays[i] = flight.DelayMinutes;
            }
        }
        return new PushBody(FlightSources.NameOf(kind), columns, "online", FlightSources.ProducerOf(kind), events[0].Offset);
    }
}

/// <summary>The events' columns.</summary>
/// <param name="EventTime">UTC.</param>
/// <param name="Origin">Airport code.</param>
/// <param name="Destination">Airport code.</param>
/// <param name="DelayMinutes">Landings only.</param>
internal sealed record PushColumns(
    string[] EventTime, string[] Origin, string[] Destination, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int[]? DelayMinutes);
