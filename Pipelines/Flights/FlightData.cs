using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Pipelines.Flights;

/// <summary>Reads the flights and what belongs to them: <c>airports.csv</c> (time zones), <c>routes.csv</c> (distances) and a file of flights.</summary>
/// <remarks>
/// airports.csv: <c>ATL,William B Hartsfield-Atlanta Intl,Atlanta,GA,33.6404,-84.4269,America/New_York</c>; routes.csv: <c>ATL,BOS,946</c>;
/// flights: <c>1,33,LAS,PHL</c> = one minute after the line before (the first: after 2001-01-01T00:00, all on the origin's own clock), 33 minutes late, from LAS to PHL.
/// </remarks>
/// <param name="Airports">Codes of the airports in the order of airports.csv.</param>
/// <param name="Flights">All flights of the file, in its order.</param>
public sealed record FlightData(IReadOnlyList<string> Airports, IReadOnlyList<Flight> Flights)
{
    private const string AirportsFile = "airports.csv";
    private const string RoutesFile = "routes.csv";

    private static readonly DateTime FirstMinute = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>Delays outside ±this many minutes are typing errors, not delays; the sample's run from -1,116 to 1,688.</summary>
    private const int MaxDelayMinutes = 10_000;

    /// <summary>Reads the files, or says what is wrong with them.</summary>
    /// <exception cref="ServiceError">NotFound: a file is missing. InvalidArgument: bad lines, each with file, line number and reason.</exception>
    public static FlightData Load(FlightsOptions options)
    {
        var problems = new DataProblems();
        var airports = ReadAirports(Find(options, AirportsFile), problems);
        var miles = ReadRoutes(Find(options, RoutesFile), airports, problems);
        problems.ThrowIfAny();
        var flights = ReadFlights(Find(options, options.File), airports, miles, problems);
        problems.ThrowIfAny();
        return new FlightData([.. airports.Keys], flights);
    }

    /// <summary>Paths of the files that <see cref="Load"/> reads.</summary>
    /// <exception cref="ServiceError">NotFound: a file is missing.</exception>
    public static IReadOnlyList<string> FilesOf(FlightsOptions options) => [Find(options, AirportsFile), Find(options, RoutesFile), Find(options, options.File)];

    private static string Find(FlightsOptions options, string file)
    {
        var path = Path.GetFullPath(Path.Combine(options.Directory, file));
        return File.Exists(path)
            ? path
            : throw new ServiceError(ErrorCode.NotFound, $"There is no {path}. Run in the repository's root, or set Flights__Directory to the folder of the data.", "Flights:Directory");
    }

    private static Dictionary<string, Airport> ReadAirports(string path, DataProblems problems)
    {
        var airports = new Dictionary<string, Airport>(StringComparer.Ordinal);
        using var lines = new DataLines(path, "iata,name,city,state,latitude,longitude,tz", problems);
        while (lines.Read())
        {
            var (code, zone) = (lines[0].ToString(), lines[6].ToString());
            if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var timeZone))
            {
                lines.Problem($"time zone '{zone}' is not known to this machine (is tzdata installed?)");
            }
            else if (!airports.TryAdd(code, new Airport(code, timeZone)))
            {
                lines.Problem($"airport '{code}' is listed twice");
            }
        }
        return airports;
    }

    private static Dictionary<(Airport, Airport), int> ReadRoutes(string path, Dictionary<string, Airport> airports, DataProblems problems)
    {
        var miles = new Dictionary<(Airport, Airport), int>(RouteComparer.Instance);
        using var lines = new DataLines(path, "origin,destination,distance", problems);
        while (lines.Read())
        {
            if (lines.Airport(0, airports) is not { } origin || lines.Airport(1, airports) is not { } destination)
            {
                continue;
            }
            if (lines.Number(2, "distance", 1, 20_000) is { } distance && !miles.TryAdd((origin, destination), distance))
            {
                lines.Problem($"route {origin.Code}-{destination.Code} is listed twice");
            }
        }
        return miles;
    }

    private static List<Flight> ReadFlights(string path, Dictionary<string, Airport> airports, Dictionary<(Airport, Airport), int> miles, DataProblems problems)
    {
        var flights = new List<Flight>();
        var clock = FirstMinute;
        using var lines = new DataLines(path, "minutes,delay,origin,destination", problems);
        while (lines.Read())
        {
            if (lines.Number(0, "minutes", 0, 1_000_000) is not { } minutes || lines.Number(1, "delay", -MaxDelayMinutes, MaxDelayMinutes) is not { } delay
                || lines.Airport(2, airports) is not { } origin || lines.Airport(3, airports) is not { } destination)
            {
                continue;
            }
            clock = clock.AddMinutes(minutes);
            if (miles.TryGetValue((origin, destination), out var distance))
            {
                flights.Add(new Flight(flights.Count, origin.At(clock), origin, destination, distance, delay));
            }
            else
            {
                lines.Problem($"route {origin.Code}-{destination.Code} is not in routes.csv");
            }
        }
        return flights;
    }

    /// <summary>Airports are compared as the objects they are: comparing the records' members would cost a time zone comparison a flight.</summary>
    private sealed class RouteComparer : IEqualityComparer<(Airport Origin, Airport Destination)>
    {
        public static readonly RouteComparer Instance = new();

        public bool Equals((Airport Origin, Airport Destination) x, (Airport Origin, Airport Destination) y) =>
            ReferenceEquals(x.Origin, y.Origin) && ReferenceEquals(x.Destination, y.Destination);

        public int GetHashCode((Airport Origin, Airport Destination) route) =>
            HashCode.Combine(route.Origin.Code, route.Destination.Code);
    }
}
