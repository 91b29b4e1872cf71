using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.PointInTime;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Tests.Offline;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.FeatureStore.Tests.Transforms;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.PointInTime;

public sealed class RequestInputJoinTests : IDisposable
{
    private static readonly string[] Columns = ["distance", "weight", "seats", "serial", "member"];

    private readonly LogFolder folder = new();
    private readonly StringWriter errors = new();

    public void Dispose()
    {
        folder.Dispose();
        errors.Dispose();
    }

    [Theory]
    [InlineData(150)] // the rows are sorted in files
    [InlineData(1_000_000)]
    public async Task Columns_of_the_spine_give_the_very_bits_that_the_same_values_gave_with_the_request(int sortBytes)
    {
        await using var store = await Drivers.StartAsync(WithInputs, ("Offline:Directory", folder.Path));
        await Eventually.TrueAsync("the log to be open", async () => (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode);
        var (random, now) = (new Random(91), store.Time.GetUtcNow());
        (await store.PostAsync("/push", Drivers.Push(now, rating: "2.5", trips: "7"))).EnsureSuccessStatusCode();
        var (lines, served) = (new List<string>(), new List<long[]>());
        for (var i = 0; i < 60; i++)
        {
            string[] values = [Number(random, ["-0.0", "7", "1e-7", "1e300"]), Number(random, ["0.1", "16777217", "-0"]), $"{random.Next(-9, 9)}{(i % 2 == 0 ? ".0" : "")}", i % 3 == 0 ? "9223372036854775807" : $"900719925474099{random.Next(10)}", i % 5 == 0 ? "" : i % 2 == 0 ? "true" : "0"];
            var at = now.AddMinutes(random.Next(1, 100)).ToOffset(TimeSpan.FromHours(random.Next(-5, 5)));
            lines.Add($"{at:O},{values[4]},1001,{string.Join(',', values[..4])},row {i}");
            served.Add(await ReadAsync(store, at, values));
        }
        await File.WriteAllLinesAsync(PathOf("spine.csv"), ["event_time,member,driver_id,distance,weight,seats,serial,note", .. lines]);

        var registry = RegistryFile.Parse(Encoding.UTF8.GetBytes(WithInputs(Drivers.Registry)));
        var service = new ServiceAggregation(registry, registry.Service("driver_activity")!);
        using var join = new PointInTimeJoin(registry, service, folder.Path, sortBytes);
        using (var spine = new Spine(PathOf("spine.csv"), service))
        {
            foreach (var row in spine.Rows())
            {
                join.Add(row);
            }
        }
        foreach (var applied in LogReader.Applied([folder.Path]))
        {
            join.Add(applied);
        }
        var joined = join.Join().SelectMany(rows => Enumerable.Range(0, rows.Count).Select(row => (Record: Encoding.UTF8.GetString(rows.Record(row)), Bits: Array.ConvertAll(rows.Values[service.FirstTransform..], column => Bits(column[row]))))).ToList();
        Assert.Equal(lines, joined.Select(row => row.Record));
        Assert.Equal(served, joined.Select(row => row.Bits));
        Assert.Equal(6, served[0].Length);
        Assert.Contains(served, row => row.Contains(Bits(double.NaN)));
        Assert.Contains(served, row => row[1] == Bits((double)0.1f));
    }

    [Theory]
    [InlineData("distance,weight,seats,serial", "1,1,1,1", "spine.csv, line 1: the heading must have the column 'member' once.")]
    [InlineData("distance,weight,seats,serial,member,member", "1,1,1,1,1,1", "spine.csv, line 1: the heading must have the column 'member' once.")]
    [InlineData("distance,weight,seats,serial,member", "far,1,1,1,1", "spine.csv, line 2, column 'distance' must be a number of 64 bits.")]
    [InlineData("distance,weight,seats,serial,member", "NaN,1,1,1,1", "spine.csv, line 2, column 'distance' must be a number of 64 bits.")]
    [InlineData("distance,weight,seats,serial,member", "1,1e39,1,1,1", "spine.csv, line 2, column 'weight' must be a number of 32 bits.")]
    [InlineData("distance,weight,seats,serial,member", "1,1,2147483648,1,1", "spine.csv, line 2, column 'seats' must be a whole number of 32 bits.")]
    [InlineData("distance,weight,seats,serial,member", "1,1,1,1.5,1", "spine.csv, line 2, column 'serial' must be a whole number of 64 bits.")]
    [InlineData("distance,weight,seats,serial,member", "1,1,1,1,2", "spine.csv, line 2, column 'member' must be true or false, or 1 or 0.")]
    public void A_spine_without_them_or_with_wrong_ones_is_refused_with_line_and_column(string columns, string values, string message)
    {
        File.WriteAllText(PathOf("registry.json"), WithInputs(Drivers.Registry));
        File.WriteAllText(PathOf("spine.csv"), $"driver_id,event_time,{columns}\n1001,2001-04-01T12:00:00Z,{values}\n");

        Assert.Equal(ExitCode.Failed, new JoinCommand(errors, TimeProvider.System).Run([PathOf("spine.csv"), "--service", "driver_activity", "--out", PathOf("set.csv"), "--log", folder.Path, "--registry", PathOf("registry.json")]));

        Assert.Equal(message, errors.ToString().TrimEnd());
    }

    private string PathOf(string file) => Path.Combine(folder.Path, file);

    private static string WithInputs(string registry) => RequestInputTests.With(
        registry.Replace("""["state", "rating", "tags", "trips", "since"]""", """["rating", "trips"]""", StringComparison.Ordinal),
        """[{"name":"distance","type":"DOUBLE"},{"name":"weight","type":"FLOAT"},{"name":"seats","type":"INT32"},{"name":"serial","type":"INT64"},{"name":"member","type":"BOOL"}]""",
        """[{"name":"d","expression":"-distance"},{"name":"w","expression":"weight"},{"name":"s","expression":"serial / 3"},{"name":"m","expression":"!member"},{"name":"mix","expression":"if(m, log(1 + abs(distance)), driver_rating / weight) + seats * minute_of_day()"},{"name":"later","expression":"coalesce(mix, 0) + s"}]""");

    private static string Number(Random random, string[] others) => random.Next(6) switch { 0 => "", < 3 => others[random.Next(others.Length)], _ => (random.NextDouble() * 1_000).ToString("R", CultureInfo.InvariantCulture) };

    private static long Bits(double value) => double.IsNaN(value) ? -1 : BitConverter.DoubleToInt64Bits(value);

    private static async Task<long[]> ReadAsync(Store store, DateTimeOffset at, string[] values)
    {
        var request = string.Join(',', Columns.Zip(values, (name, value) => $"\"{name}\":[{(value.Length == 0 ? "null" : value)}]"));
        using var response = await store.PostAsync("/v1/features/online", $$$"""{"feature_service":"driver_activity","entities":{"driver_id":[1001]},"event_times":["{{{at:O}}}"],"request":{{{{request}}}}}""");
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        return [.. JsonNode.Parse(body)!["features"]!.AsArray().TakeLast(6).Select(feature => feature!["values"]![0] switch { null => Bits(double.NaN), var value => value.GetValueKind() switch { System.Text.Json.JsonValueKind.True => Bits(1), System.Text.Json.JsonValueKind.False => Bits(0), _ => Bits((double)value) } })];
    }
}
