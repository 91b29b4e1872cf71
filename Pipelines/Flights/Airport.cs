namespace MlAspire.Pipelines.Flights;

/// <summary>An airport: its IATA code and the time zone its clocks show.</summary>
public sealed record Airport(string Code, TimeZoneInfo TimeZone)
{
    /// <summary>The moment at which this airport's clocks show <paramref name="localClock"/>.</summary>
    /// <remarks>
    /// A reading that daylight saving time skips (02:30 on 1 April 2001 in New York) keeps the standard offset of before the change (02:30-05:00, which is 03:30-04:00);
    /// a reading that exists twice (in October) is the second of the two, in standard time.
    /// </remarks>
    public DateTimeOffset At(DateTime localClock) => new(localClock, TimeZone.GetUtcOffset(localClock));
}
