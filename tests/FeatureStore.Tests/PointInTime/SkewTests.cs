using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.PointInTime;
using MlAspire.FeatureStore.Tests.Offline;
using MlAspire.Pipelines.Flights;

namespace MlAspire.FeatureStore.Tests.PointInTime;

/// <summary>Training and serving see the same numbers. Two days of the fixture; with <c>MLASPIRE_MONTH=2001-03</c> a whole month (<c>./mlaspire features skew</c>).</summary>
public sealed class SkewTests(ITestOutputHelper output) : IDisposable
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly LogFolder folder = new();
    private readonly int[] pushed = new int[2];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_value_served_online_at_the_moment_of_a_departure_is_the_value_of_the_join(bool cluster)
    {
        var month = Environment.GetEnvironmentVariable("MLASPIRE_MONTH");
        var from = month is null ? new DateTimeOffset(2001, 1, 11, 0, 0, 0, TimeSpan.Zero) : DateTimeOffset.ParseExact(month, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        var to = month is null ? from.AddDays(2) : from.AddMonths(1);
        var flights = new RealFlights(month is null ? RealFlights.TwoWeeks : RealFlights.HalfYear);
        await using var store = await Store.StartAsync(cluster, ("Offline:Directory", folder.Path));
        await MlAspire.Testing.Eventually.TrueAsync("the log to be open", async () => (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode);

        var rows = new List<SpineRow>();
        var served = new List<double[]>();
        await PushBeforeAsync(store, flights, from);
        for (var next = flights.FirstOffset(FlightEventKind.Departure, from); next < flights.Count(FlightEventKind.Departure) && flights.Departure(next) < to;)
        {
            var instant = flights.Departure(next);
            await PushBeforeAsync(store, flights, instant);
            var end = flights.FirstOffset(FlightEventKind.Departure, instant.AddTicks(1));
            var departing = Enumerable.Range(next, end - next).Select(flights.FlightOf).ToArray();
            rows.AddRange(departing.Select((flight, i) => JoinRows.Spine(rows.Count + i, flight.Departure, flight.Origin.Code, flight.Destination.Code)));
            served.AddRange(await ReadAsync(store, departing));
            if (end < flights.Count(FlightEventKind.Departure) && flights.Departure(end).UtcDateTime.Date > instant.UtcDateTime.Date)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{instant:yyyy-MM-dd}: {rows.Count:N0} rows served"));
            }
            next = end;
        }
        // What happens later is in the log too, when the join is made.
        await PushBeforeAsync(store, flights, to.AddHours(12));

        Compare(rows, served);
    }

    [Fact]
    public async Task At_a_moment_that_is_over_the_store_answers_what_the_join_has_for_the_start_of_its_tile_and_nothing_that_happened_after_it()
    {
        await using var store = await Store.StartAsync(false, ("Offline:Directory", folder.Path));
        await MlAspire.Testing.Eventually.TrueAsync("the log to be open", async () => (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode);
        var events = Flights.Random(71, 3_000).Where(e => e.Time <= store.Time.GetUtcNow()).ToList();
        foreach (var source in events.GroupBy(e => e.Source))
        {
            await store.PushAsync([.. source], source.Key);
        }
        var random = new Random(72);
        string[] airports = ["ATL", "LAX", "ORD"];
        // At an event, and shortly before one: there the tile holds what happens after the moment.
        var asked = Enumerable.Range(0, 200).Select(i => (Origin: airports[random.Next(3)], Destination: airports[random.Next(3)], Moment: (DateTimeOffset?)events[random.Next(events.Count)].Time.AddSeconds(-random.Next(2) * random.Next(300)).AddHours(-2))).ToArray();
        var served = await store.ReadAsync(asked);

        var service = Flights.FlightDelay;
        using var join = new PointInTimeJoin(Flights.Registry, service, folder.Path);
        int[] tiles = [5, 60]; // minutes: of most views, and of route_outcomes
        for (var i = 0; i < asked.Length * tiles.Length; i++)
        {
            var (origin, destination, moment) = asked[i / 2];
            var start = new DateTimeOffset(moment!.Value.UtcTicks / (tiles[i % 2] * TimeSpan.TicksPerMinute) * (tiles[i % 2] * TimeSpan.TicksPerMinute), TimeSpan.Zero);
            join.Add(JoinRows.Spine(i, start.ToOffset(moment.Value.Offset), origin, destination));
        }
        foreach (var applied in LogReader.Applied([folder.Path]))
        {
            join.Add(applied);
        }
        var joined = join.All().Select(row => row.Values).ToList();
        for (var i = 0; i < asked.Length; i++)
        {
            Assert.Equal(service.FeatureNames.Select((name, f) => (name, Counted(name, joined[2 * i + (name is "route_mean_delay_24h" or "route_late_share_7d" ? 1 : 0)][f]))), service.FeatureNames.Select(name => (name, Counted(name, served[i][name].Value ?? double.NaN))));
        }

        // Whether a day has anything goes by its key, also of what was pushed later: no event is 0 or nothing.
        static double Counted(string name, double value) => double.IsNaN(value) && (name.Contains("departures", StringComparison.Ordinal) || name.Contains("backlog", StringComparison.Ordinal)) ? 0 : value;
    }

    private void Compare(List<SpineRow> rows, List<double[]> served)
    {
        var service = Flights.FlightDelay;
        using var join = new PointInTimeJoin(Flights.Registry, service, folder.Path);
        rows.ForEach(row => join.Add(row));
        foreach (var applied in LogReader.Applied([folder.Path]))
        {
            join.Add(applied);
        }
        var differences = new List<string>();
        var (present, row) = (0, 0);
        foreach (var joined in join.All())
        {
            for (var i = 0; i < joined.Values.Length; i++)
            {
                present += double.IsNaN(joined.Values[i]) ? 0 : 1;
                if (BitConverter.DoubleToInt64Bits(joined.Values[i]) != BitConverter.DoubleToInt64Bits(served[row][i]) && !(double.IsNaN(joined.Values[i]) && double.IsNaN(served[row][i])))
                {
                    differences.Add($"{joined.Moment:O} {string.Join('-', rows[row].Entities)} {service.FeatureNames[i]}: served {served[row][i]}, joined {joined.Values[i]}");
                }
            }
            row++;
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row:N0} rows, {row * service.FeatureNames.Length:N0} values ({present:N0} not null) compared with {join.Events:N0} events: {differences.Count:N0} differences"));
        Assert.Empty(differences.Take(20));
        Assert.Equal(served.Count, row);
        Assert.InRange(present, row * 8, int.MaxValue);
    }

    private async Task PushBeforeAsync(Store store, RealFlights flights, DateTimeOffset instant)
    {
        foreach (var kind in Enum.GetValues<FlightEventKind>())
        {
            var end = flights.FirstOffset(kind, instant);
            while (pushed[(int)kind] < end)
            {
                var batch = flights.Events(kind, pushed[(int)kind], Math.Min(end, pushed[(int)kind] + 5_000));
                Assert.Equal((batch.Length, 0), await store.PushAsync(batch, FlightSources.ProducerOf(kind), pushed[(int)kind]));
                pushed[(int)kind] += batch.Length;
            }
        }
    }

    private static async Task<IEnumerable<double[]>> ReadAsync(Store store, Flight[] departing)
    {
        var request = new
        {
            feature_service = "flight_delay",
            entities = new { origin = departing.Select(flight => flight.Origin.Code), destination = departing.Select(flight => flight.Destination.Code) },
            event_times = departing.Select(flight => flight.Departure),
        };
        using var response = await store.Client.PostAsJsonAsync("/v1/features/online", request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        var answer = (await response.Content.ReadFromJsonAsync<Answer>(Json))!;
        return departing.Select((_, row) => Array.ConvertAll(answer.Features, feature => feature.Values[row] ?? double.NaN));
    }

    private sealed record Answer(Feature[] Features);

    private sealed record Feature(string Name, double?[] Values);
}
