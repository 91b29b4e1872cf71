using MlAspire.FeatureStore.Registry;
using MlAspire.Pipelines.Flights;
using MlAspire.Pipelines.Train;

namespace MlAspire.Pipelines.Tests.Train;

public sealed class TrainingSetTests
{
    private static readonly TrainOptions Options = new() { From = new DateOnly(2001, 1, 8), TestFrom = new DateOnly(2001, 1, 12) };
    private static readonly Lazy<TrainingSet> Set = new(() => Build(Sample.Fixture));

    [Fact]
    public void Flights_of_the_first_days_are_learnt_from_and_the_later_ones_tested_on_by_month()
    {
        var dates = Sample.Fixture.Flights.Select(f => DateOnly.FromDateTime(f.Departure.DateTime)).ToList();

        Assert.Equal(dates.Count(d => d >= Options.From && d < Options.TestFrom), Set.Value.Learn.Rows);
        Assert.Equal([(new DateOnly(2001, 1, 1), dates.Count(d => d >= Options.TestFrom))], Set.Value.Test.Select(m => (m.Month, m.Rows.Rows)));
    }

    /// <summary>What happens to a flight at or after a departure must not show in its row: else training sees what serving cannot know.</summary>
    [Fact]
    public void Nothing_of_the_future_changes_a_row()
    {
        var rows = Ordered(Sample.Fixture);
        var cut = rows[rows.Count / 2].Departure.UtcTicks;
        // Every flight that lands at or after the cut turns from late to early or the other way; every one that leaves after it is left out.
        Flight[] changed = [.. Sample.Fixture.Flights.Where(f => f.Departure.UtcTicks <= cut)
            .Select((f, i) => f with { Index = i, DelayMinutes = f.Landing.UtcTicks >= cut ? (f.Late ? -30 : 180) : f.DelayMinutes })];

        var before = Build(Sample.Fixture).Learn;
        var after = Build(new FlightEvents(changed)).Learn;

        Assert.True(after.Rows > 1000, "the cut leaves nothing to compare");
        for (var row = 0; row < after.Rows; row++)
        {
            Assert.Equal(before.Row(row), after.Row(row));
        }
    }

    /// <summary>The same with labels seen too early by one tile: the test above can fail.</summary>
    [Fact]
    public void What_lands_just_before_a_departure_does_change_its_row()
    {
        var rows = Ordered(Sample.Fixture);
        var departing = rows[rows.Count / 2];
        var landed = Sample.Fixture.Flights.Where(f => f.Destination == departing.Origin && f.Landing.UtcTicks < departing.Departure.UtcTicks).MaxBy(f => f.Landing.UtcTicks);
        Flight[] changed = [.. Sample.Fixture.Flights];
        changed[landed.Index] = landed with { DelayMinutes = landed.DelayMinutes >= 100 ? 0 : 180 };
        var row = rows.IndexOf(departing);

        Assert.NotEqual(Set.Value.Learn.Row(row).ToArray(), Build(new FlightEvents(changed)).Learn.Row(row).ToArray());
    }

    /// <summary>One feature of each kind, counted from the list of flights by the rules of docs/features.md.</summary>
    [Fact]
    public void Rows_hold_what_counting_flights_gives()
    {
        var flights = Sample.Fixture.Flights;
        var rows = Ordered(Sample.Fixture);
        var tile = TimeSpan.FromMinutes(5).Ticks;
        for (var row = 100; row < rows.Count; row += 997)
        {
            var (f, t) = (rows[row], rows[row].Departure.UtcTicks);
            var hour = (Start: (t / tile * tile) - (12 * tile), End: t);
            var landed = flights.Where(x => x.Origin == f.Origin && x.Landing.UtcTicks >= hour.Start && x.Landing.UtcTicks < hour.End).ToList();
            var departed = flights.Count(x => x.Origin == f.Origin && x.Departure.UtcTicks >= hour.Start && x.Departure.UtcTicks < hour.End);
            var week = ((t / TimeSpan.TicksPerHour) - 168) * TimeSpan.TicksPerHour;
            var route = flights.Where(x => x.Origin == f.Origin && x.Destination == f.Destination && x.Landing.UtcTicks >= week && x.Landing.UtcTicks < t).ToList();

            var actual = Set.Value.Learn.Row(row);
            Assert.Equal((float)((f.Departure.Hour * 60) + f.Departure.Minute), actual[0]);
            Assert.Equal(f.Departure.DayOfWeek == DayOfWeek.Sunday ? 7f : (float)f.Departure.DayOfWeek, actual[1]);
            Assert.Equal(f.DistanceMiles, actual[2]);
            Assert.Equal(landed.Count == 0 ? float.NaN : (float)landed.Average(x => Math.Clamp(x.DelayMinutes, -30, 180)), actual[Column("origin_mean_delay_1h")]);
            Assert.Equal(departed, actual[Column("origin_departures_1h")]);
            Assert.Equal(route.Count == 0 ? float.NaN : (float)route.Count(x => x.Late) / route.Count, actual[Column("route_late_share_7d")], 6f);
        }
    }

    [Fact]
    public void Building_stops_when_it_is_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        var days = new List<DateOnly>();

        Assert.Throws<OperationCanceledException>(() => TrainingSet.Build(Source(Sample.Fixture), Options, day =>
        {
            days.Add(day);
            cancelled.Cancel();
        }, cancelled.Token));
        Assert.Equal([new DateOnly(2001, 1, 1)], days);
    }

    /// <summary>The flights of the learning rows, in the rows' order.</summary>
    [Fact]
    public void A_service_that_takes_something_with_the_request_is_refused_by_name()
    {
        var source = Source(Sample.Fixture);
        var refused = Assert.Throws<InvalidOperationException>(() => TrainingSet.Build(source with { Service = source.Service with { Request = [new Field("seats", FieldType.Int32)] } }, Options, null, CancellationToken.None));
        Assert.Equal("The feature service 'flight_delay' takes 'seats' with the request, which a flight does not have.", refused.Message);
    }

    private static List<Flight> Ordered(FlightEvents events) =>
        [.. events.Departures.ToArray().Select(d => events.Flights[d.Flight]).Where(f => DateOnly.FromDateTime(f.Departure.DateTime) is var date && date >= Options.From && date < Options.TestFrom)];

    private static int Column(string name) => Source(Sample.Fixture).Pipeline.Columns.Select(column => column.Name).ToList().IndexOf(name);

    private static TrainingSet Build(FlightEvents events) => TrainingSet.Build(Source(events), Options, null, CancellationToken.None);

    private static TrainingSource Source(FlightEvents events)
    {
        var service = Sample.Registry.Service("flight_delay")!;
        var airports = FlightData.Load(Sample.FixtureOptions).Airports;
        return new TrainingSource(events, Sample.Registry, service, FlightDelayPipeline.Definition(service.FeatureNames, airports, 0.5));
    }
}
