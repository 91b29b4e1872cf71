using MlAspire.Pipelines.Flights;

namespace MlAspire.Pipelines.Tests.Flights;

public sealed class FlightEventsTests
{
    private static readonly Airport Atlanta = new("ATL", TimeZoneInfo.FindSystemTimeZoneById("America/New_York"));
    private static readonly Airport LosAngeles = new("LAX", TimeZoneInfo.FindSystemTimeZoneById("America/Los_Angeles"));

    // 946 miles: 38 min + 113.52 min = 151 min 31.2 s.
    [Fact]
    public void A_flight_lands_38_minutes_and_0_12_minutes_a_mile_after_its_departure()
    {
        var flight = At(0, 8, 0, Atlanta, miles: 946);

        Assert.Equal(new DateTimeOffset(2001, 3, 1, 10, 31, 31, 200, TimeSpan.FromHours(-5)), flight.Landing);
    }

    [Fact]
    public void Events_go_by_instant_then_departures_first_then_file_order()
    {
        // 600 miles take 110 minutes. Flight 2 leaves when flight 1 lands; 3 leaves Los Angeles at the instant at which 0 leaves Atlanta.
        Flight[] flights = [At(0, 8, 0, Atlanta), At(1, 7, 0, Atlanta), At(2, 8, 50, Atlanta), At(3, 5, 0, LosAngeles)];

        var events = new FlightEvents(flights).InOrder().Select(e => (e.Kind, e.Offset, e.Flight));

        Assert.Equal(
            [(FlightEventKind.Departure, 0, 1), (FlightEventKind.Departure, 1, 0), (FlightEventKind.Departure, 2, 3), (FlightEventKind.Departure, 3, 2),
             (FlightEventKind.Landing, 0, 1), (FlightEventKind.Landing, 1, 0), (FlightEventKind.Landing, 2, 3), (FlightEventKind.Landing, 3, 2)],
            events);
    }

    [Fact]
    public void The_first_offset_is_that_of_the_first_event_at_or_after_the_instant()
    {
        var events = new FlightEvents([At(0, 8, 0, Atlanta), At(1, 8, 0, Atlanta), At(2, 9, 0, Atlanta)]);
        var eight = new DateTimeOffset(2001, 3, 1, 13, 0, 0, TimeSpan.Zero);

        Assert.Equal([0, 0, 2, 2, 3], new[] { -60, 0, 1, 60, 61 }.Select(minutes => events.FirstOffset(FlightEventKind.Departure, eight.AddMinutes(minutes))));
    }

    [Fact]
    public void No_flights_make_no_events()
    {
        Assert.Empty(new FlightEvents([]).InOrder());
    }

    [Fact]
    public void The_fixture_gives_every_flight_once_as_a_sort_by_all_keys_orders_them()
    {
        var expected = Sample.Fixture.Flights
            .SelectMany(f => new[] { (f.Departure.UtcTicks, Kind: FlightEventKind.Departure, f.Index), (f.Landing.UtcTicks, Kind: FlightEventKind.Landing, f.Index) })
            .OrderBy(e => e.UtcTicks).ThenBy(e => e.Kind).ThenBy(e => e.Index);

        Assert.Equal(expected, Sample.Fixture.InOrder().Select(e => (e.Instant, e.Kind, e.Flight)));
        Assert.Equal(Enumerable.Range(0, 56_600), Sample.Fixture.InOrder().Where(e => e.Kind == FlightEventKind.Landing).Select(e => e.Offset));
    }

    private static Flight At(int index, int hour, int minute, Airport origin, int miles = 600) =>
        new(index, origin.At(new DateTime(2001, 3, 1, hour, minute, 0)), origin, origin == Atlanta ? LosAngeles : Atlanta, miles, 0);
}
