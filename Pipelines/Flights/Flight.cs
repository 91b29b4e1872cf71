namespace MlAspire.Pipelines.Flights;

/// <summary>A flight that was flown.</summary>
/// <param name="Index">Position in its file, 0-based.</param>
/// <param name="Departure">When it left, on the clock of its origin and with that clock's UTC offset.</param>
/// <param name="Origin">Where it left.</param>
/// <param name="Destination">Where it landed; another airport than <paramref name="Origin"/>.</param>
/// <param name="DistanceMiles">Length of the route, above 0.</param>
/// <param name="DelayMinutes">Arrival delay; negative is early. Known only from <see cref="Landing"/> on: using it before is a leak.</param>
public readonly record struct Flight(int Index, DateTimeOffset Departure, Airport Origin, Airport Destination, int DistanceMiles, int DelayMinutes)
{
    /// <summary>A flight is late when it arrives more than this many minutes after its schedule.</summary>
    public const int LateAboveMinutes = 15;

    private const long TicksPerMile = TimeSpan.TicksPerMinute * 12 / 100;

    /// <summary>What the model predicts.</summary>
    public bool Late => DelayMinutes > LateAboveMinutes;

    /// <summary>When the delay becomes known: 38 minutes and 0.12 minutes a mile after the departure, exact to the tick.</summary>
    public DateTimeOffset Landing => Departure.AddTicks((38 * TimeSpan.TicksPerMinute) + (DistanceMiles * TicksPerMile));
}
