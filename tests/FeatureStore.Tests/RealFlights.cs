using MlAspire.Pipelines.Flights;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests;

/// <summary>The real flights as events of the store.</summary>
internal sealed class RealFlights(string file)
{
    public const string TwoWeeks = "flights-2001jan-top20-2wk.csv.gz";
    public const string HalfYear = "flights-2001h1-top40.csv.gz";

    private readonly FlightEvents events = new(FlightData.Load(new FlightsOptions { Directory = Path.Combine(Checkout.Root, "data"), File = file }).Flights);

    public int Count(FlightEventKind kind) => events.Of(kind).Length;

    public DateTimeOffset Departure(int offset) => new(events.Departures[offset].Instant, TimeSpan.Zero);

    public int FirstOffset(FlightEventKind kind, DateTimeOffset instant) => events.FirstOffset(kind, instant);

    /// <summary>The flight of a departure.</summary>
    public Flight FlightOf(int offset) => events.Flights[events.Departures[offset].Flight];

    /// <summary>Events with offsets in [start, end).</summary>
    public Flights.Event[] Events(FlightEventKind kind, int start, int end)
    {
        var batch = new Flights.Event[end - start];
        for (var i = 0; i < batch.Length; i++)
        {
            var happened = events.Of(kind)[start + i];
            var flight = events.Flights[happened.Flight];
            batch[i] = new Flights.Event(FlightSources.NameOf(kind), new DateTimeOffset(happened.Instant, TimeSpan.Zero), flight.Origin.Code, flight.Destination.Code, flight.DelayMinutes);
        }
        return batch;
    }
}
