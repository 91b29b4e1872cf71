namespace MlAspire.Pipelines.Flights;

/// <summary>What can happen to a flight.</summary>
public enum FlightEventKind { Departure, Landing }

/// <summary>A departure or a landing.</summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="Offset">Position among all events of its kind, 0-based: the offset of the row for <c>POST /push</c>.</param>
/// <param name="Instant">When it happens, UTC ticks.</param>
/// <param name="Flight">The flight's <see cref="Flight.Index"/>.</param>
public readonly record struct FlightEvent(FlightEventKind Kind, int Offset, long Instant, int Flight);

/// <summary>The flights as events in the order of time. The same file gives the same events with the same offsets, every time.</summary>
/// <remarks>Immutable, so safe for any number of readers.</remarks>
public sealed class FlightEvents
{
    private readonly FlightEvent[] departures;
    private readonly FlightEvent[] landings;

    /// <summary>Sorts the flights' events; O(n log n).</summary>
    /// <param name="flights">The flights by <see cref="Flight.Index"/>; kept, not copied.</param>
    /// <param name="known">When a flight's delay becomes known; null = at its <see cref="Flight.Landing"/>. Anything earlier is a leak, and there to be found.</param>
    public FlightEvents(IReadOnlyList<Flight> flights, Func<Flight, DateTimeOffset>? known = null)
    {
        Flights = flights;
        departures = Sorted(FlightEventKind.Departure, flight => flight.Departure.UtcTicks);
        landings = Sorted(FlightEventKind.Landing, flight => (known?.Invoke(flight) ?? flight.Landing).UtcTicks);
    }

    public IReadOnlyList<Flight> Flights { get; }

    /// <summary>All departures by instant, then file order; the index is the offset.</summary>
    public ReadOnlySpan<FlightEvent> Departures => departures;

    /// <summary>All landings by instant, then file order; the index is the offset.</summary>
    public ReadOnlySpan<FlightEvent> Landings => landings;

    /// <summary>The events of one kind.</summary>
    public ReadOnlySpan<FlightEvent> Of(FlightEventKind kind) => kind == FlightEventKind.Departure ? departures : landings;

    /// <summary>The events of one kind with offsets in [<paramref name="start"/>, <paramref name="end"/>).</summary>
    public ReadOnlyMemory<FlightEvent> Batch(FlightEventKind kind, int start, int end) =>
        (kind == FlightEventKind.Departure ? departures : landings).AsMemory(start, end - start);

    /// <summary>The offset of the first event of a kind at or after an instant; the number of its events when there is none. O(log n).</summary>
    public int FirstOffset(FlightEventKind kind, DateTimeOffset instant)
    {
        var events = Of(kind);
        var (low, high) = (0, events.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = events[middle].Instant < instant.UtcTicks ? (middle + 1, high) : (low, middle);
        }
        return low;
    }

    /// <summary>Every event by instant; at one instant the departures come first, then file order.</summary>
    public IEnumerable<FlightEvent> InOrder()
    {
        var (departure, landing) = (0, 0);
        while (landing < landings.Length)
        {
            var departureIsNext = departure < departures.Length && departures[departure].Instant <= landings[landing].Instant;
            yield return departureIsNext ? departures[departure++] : landings[landing++];
        }
    }

    private FlightEvent[] Sorted(FlightEventKind kind, Func<Flight, long> instantOf)
    {
        var instants = new long[Flights.Count];
        var order = new int[Flights.Count];
        for (var i = 0; i < order.Length; i++)
        {
            (instants[i], order[i]) = (instantOf(Flights[i]), i);
        }
        // Array.Sort is not stable: among equal instants the file order has to be restored.
        Array.Sort(instants, order);
        for (var start = 0; start < order.Length;)
        {
            var end = start + 1;
            while (end < order.Length && instants[end] == instants[start])
            {
                end++;
            }
            Array.Sort(order, start, end - start);
            start = end;
        }
        return [.. order.Select((flight, offset) => new FlightEvent(kind, offset, instants[offset], flight))];
    }
}
