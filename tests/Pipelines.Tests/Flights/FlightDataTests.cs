using MlAspire.Pipelines.Flights;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Pipelines.Tests.Flights;

public sealed class FlightDataTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_line_is_minutes_after_the_line_before_on_the_clock_of_its_own_origin()
    {
        var data = FlightData.Load(Sample.Write(folder, "61,12,ATL,LAX\n0,-5,LAX,ATL\n1440,16,ATL,LAX"));

        Assert.Equal(["ATL", "LAX"], data.Airports);
        Assert.Equal(
            [(0, "2001-01-01T01:01:00-05:00", "ATL", "LAX", 1946, 12, false),
             (1, "2001-01-01T01:01:00-08:00", "LAX", "ATL", 1946, -5, false),
             (2, "2001-01-02T01:01:00-05:00", "ATL", "LAX", 1946, 16, true)],
            data.Flights.Select(f => (f.Index, f.Departure.ToString("yyyy-MM-dd'T'HH:mm:sszzz"), f.Origin.Code, f.Destination.Code, f.DistanceMiles, f.DelayMinutes, f.Late)));
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(16, true)]
    public void A_flight_is_late_from_16_minutes_on(int delay, bool late)
    {
        Assert.Equal(late, FlightData.Load(Sample.Write(folder, $"0,{delay},ATL,LAX")).Flights.Single().Late);
    }

    // 1 April 2001: clocks in New York went from 02:00-05:00 to 03:00-04:00. The day is 90 days after 1 January.
    [Theory]
    [InlineData(119, "2001-04-01T01:59:00-05:00")]
    [InlineData(150, "2001-04-01T02:30:00-05:00")] // does not exist: standard time goes on
    [InlineData(180, "2001-04-01T03:00:00-04:00")]
    public void The_night_of_1_April_has_no_hour_from_2_to_3(int minuteOfDay, string departure)
    {
        var flight = FlightData.Load(Sample.Write(folder, $"{(90 * 1440) + minuteOfDay},0,ATL,LAX")).Flights.Single();

        Assert.Equal(departure, flight.Departure.ToString("yyyy-MM-dd'T'HH:mm:sszzz"));
    }

    // 28 October 2001: 01:30 happened twice in New York. The day is 300 days after 1 January.
    [Fact]
    public void A_reading_that_exists_twice_is_the_second_one()
    {
        var flight = FlightData.Load(Sample.Write(folder, $"{(300 * 1440) + 90},0,ATL,LAX")).Flights.Single();

        Assert.Equal("2001-10-28T01:30:00-05:00", flight.Departure.ToString("yyyy-MM-dd'T'HH:mm:sszzz"));
    }

    [Fact]
    public void Every_bad_line_is_named_with_file_line_and_reason()
    {
        var options = Sample.Write(folder, "0,1,ATL,LAX\nx,1,ATL,LAX\n0,1.5,ATL,LAX\n-1,0,ATL,LAX\n0,1,ATL\n0,1,XXX,LAX\n0,99999,ATL,LAX\n0,1,ATL,ATL\n\n0,1,LAX,ATL");

        var error = Assert.Throws<ServiceError>(() => FlightData.Load(options));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Equal(
            """
            The flight data has 8 bad line(s):
            flights.csv.gz, line 3: minutes 'x' is not a whole number from 0 to 1000000
            flights.csv.gz, line 4: delay '1.5' is not a whole number from -10000 to 10000
            flights.csv.gz, line 5: minutes '-1' is not a whole number from 0 to 1000000
            flights.csv.gz, line 6: 3 field(s) instead of 4
            flights.csv.gz, line 7: airport 'XXX' is not in airports.csv
            flights.csv.gz, line 8: delay '99999' is not a whole number from -10000 to 10000
            flights.csv.gz, line 9: route ATL-ATL is not in routes.csv
            flights.csv.gz, line 10: 1 field(s) instead of 4
            """,
            error.Message);
    }

    [Fact]
    public void Bad_airports_and_routes_are_named_before_any_flight_is_read()
    {
        var options = Sample.Write(folder, "nothing,is,read,here", "ATL,A,A,GA,0,0,America/Atlantis\nLAX,L,L,CA,0,0,America/Los_Angeles\nLAX,L,L,CA,0,0,America/Los_Angeles", "LAX,ATL,1\nLAX,LAX,0");

        var error = Assert.Throws<ServiceError>(() => FlightData.Load(options));

        Assert.Equal(
            """
            The flight data has 4 bad line(s):
            airports.csv, line 2: time zone 'America/Atlantis' is not known to this machine (is tzdata installed?)
            airports.csv, line 4: airport 'LAX' is listed twice
            routes.csv, line 2: airport 'ATL' is not in airports.csv
            routes.csv, line 3: distance '0' is not a whole number from 1 to 20000
            """,
            error.Message);
    }

    [Fact]
    public void Of_many_bad_lines_20_are_named_and_all_are_counted()
    {
        var error = Assert.Throws<ServiceError>(() => FlightData.Load(Sample.Write(folder, string.Join('\n', Enumerable.Repeat("bad", 25)))));

        Assert.StartsWith("The flight data has 25 bad line(s):", error.Message, StringComparison.Ordinal);
        Assert.Contains("line 21:", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("line 22:", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("and 5 more", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_short_is_named()
    {
        var options = Sample.Write(folder, string.Join('\n', Enumerable.Range(0, 5000).Select(i => $"{i % 7},{i % 90},ATL,LAX")));
        var path = Path.Combine(folder.Path, options.File);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^100]);

        var error = Assert.Throws<ServiceError>(() => FlightData.Load(options));

        Assert.Matches(@"flights\.csv\.gz, line \d+: ", error.Message);
    }

    [Fact]
    public void A_missing_file_is_named_with_the_setting_that_says_where_it_is()
    {
        var error = Assert.Throws<ServiceError>(() => FlightData.Load(new FlightsOptions { Directory = folder.Path }));

        Assert.Equal(ErrorCode.NotFound, error.Code);
        Assert.Contains(Path.Combine(folder.Path, "airports.csv"), error.Message, StringComparison.Ordinal);
        Assert.Equal("Flights:Directory", error.Errors.Single().Field);
    }

    [Fact]
    public void A_file_with_the_heading_alone_has_no_flights()
    {
        Assert.Empty(FlightData.Load(Sample.Write(folder, "")).Flights);
    }

    [Fact]
    public void The_fixture_has_56_600_flights_between_20_airports_in_two_weeks()
    {
        var flights = Sample.Fixture.Flights;

        Assert.Equal(56_600, flights.Count);
        Assert.Equal(20, flights.Select(f => f.Origin.Code).Distinct().Count());
        Assert.Equal((new DateTime(2001, 1, 1, 0, 1, 0), new DateTime(2001, 1, 14)), (flights[0].Departure.DateTime, flights[^1].Departure.Date));
    }
}
