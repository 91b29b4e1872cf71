using System.Text;
using MlAspire.FeatureStore.PointInTime;
using MlAspire.FeatureStore.Tests.Offline;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.ServiceDefaults.CommandLine;

namespace MlAspire.FeatureStore.Tests.PointInTime;

public sealed class JoinCommandTests : IDisposable
{
    private readonly LogFolder folder = new();
    private readonly StringWriter errors = new();

    public void Dispose()
    {
        folder.Dispose();
        errors.Dispose();
    }

    [Fact]
    public void The_spine_comes_back_with_the_features_behind_its_columns()
    {
        var noon = new DateTimeOffset(2001, 4, 1, 12, 0, 0, TimeSpan.Zero);
        folder.Log([new("landings", noon, "ATL", "LAX", 20), new("landings", noon.AddMinutes(1), "ATL", "LAX", 41), new("departures", noon, "ATL", "LAX", 0)]);
        File.WriteAllText(PathOf("spine.csv"), "late,\"origin\",destination,event_time\n1,ATL,LAX,2001-04-01T08:01:01-04:00\n\"a, \"\"b\"\"\",ATL,LAX,2001-04-01T12:00:01Z\n0,ATL,LAX,2001-04-01T12:00:00Z\n");

        Assert.Equal(ExitCode.Done, Run("spine.csv", "--service", "flight_delay", "--out", PathOf("set.csv")));

        // Mean delay (20 + 41) / 2 and late share 1 behind the minute of the second landing; one departure, so a backlog of one; the last row sees nothing at all.
        Assert.Equal(
            """"
            late,"origin",destination,event_time,origin_mean_delay_1h,origin_late_share_3h,destination_mean_delay_1h,destination_late_share_3h,inbound_mean_delay_1h,route_mean_delay_24h,route_late_share_7d,network_mean_delay_3h,origin_departures_1h,origin_backlog_7d,route_backlog_1d,route_backlog_7d
            1,ATL,LAX,2001-04-01T08:01:01-04:00,30.5,1,30.5,1,,30.5,1,30.5,1,1,1,1
            "a, ""b""",ATL,LAX,2001-04-01T12:00:01Z,20,1,20,1,,20,1,20,1,1,1,1
            0,ATL,LAX,2001-04-01T12:00:00Z,,,,,,,,,,,,

            """", File.ReadAllText(PathOf("set.csv")));
        Assert.Contains("joined 3 rows with 3 events", errors.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(PathOf("set.csv.partial")));
    }

    [Fact]
    public void The_binary_form_holds_the_same_numbers_as_the_text()
    {
        folder.Log(Flights.Random(41, 1_000));
        File.WriteAllLines(PathOf("spine.csv"), ["origin,destination,event_time", .. Enumerable.Range(0, 50).Select(i => $"ATL,{(i % 2 == 0 ? "LAX" : "NIL")},2001-03-{24 + i % 8}T{i % 24:00}:30:00Z")]);
        Assert.Equal(ExitCode.Done, Run("spine.csv", "--service", "flight_delay", "--out", PathOf("set.csv")));
        Assert.Equal(ExitCode.Done, Run("spine.csv", "--service", "flight_delay", "--out", PathOf("set.bin")));

        var bytes = File.ReadAllBytes(PathOf("set.bin"));
        var head = BitConverter.ToInt32(bytes, 8);
        Assert.Equal("MLFJOIN1", Encoding.ASCII.GetString(bytes, 0, 8));
        Assert.StartsWith("""{"feature_service":"flight_delay","version":1,"columns":["event_time","origin_mean_delay_1h",""", Encoding.UTF8.GetString(bytes, 12, head), StringComparison.Ordinal);
        Assert.Equal((0, 50 * 13 * 8), ((12 + head) % 8, bytes.Length - 12 - head));
        var lines = File.ReadAllLines(PathOf("set.csv"));
        for (var row = 0; row < 50; row++)
        {
            var at = 12 + head + row * 13 * 8;
            var fields = lines[row + 1].Split(',');
            var time = DateTimeOffset.FromUnixTimeMilliseconds(BitConverter.ToInt64(bytes, at)).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
            string[] numbers = [.. Enumerable.Range(1, 12).Select(i => BitConverter.ToDouble(bytes, at + 8 * i)).Select(value => double.IsNaN(value) ? "" : value.ToString(System.Globalization.CultureInfo.InvariantCulture))];
            Assert.Equal([fields[2], .. fields[3..]], [time, .. numbers]);
        }
    }

    [Fact]
    public async Task Texts_bytes_and_lists_are_fields_of_the_csv_and_refused_by_name_in_the_binary_form()
    {
        File.WriteAllText(PathOf("registry.json"), Drivers.Registry.Replace(", \"enum\": [\"free\", \"busy\"]", "", StringComparison.Ordinal).Replace("\"featureServices\": [", """
            "featureServices": [ { "name": "trip", "version": 1, "features": [ { "view": "trip_price", "entity": { "city": "city", "driver_id": "driver_id" }, "features": ["receipt", "price", "legs"], "prefix": "trip" } ] },
            """, StringComparison.Ordinal));
        await using (var store = await Store.StartAsync(("Registry:Path", PathOf("registry.json")), ("Offline:Directory", folder.Path)))
        {
            await MlAspire.Testing.Eventually.TrueAsync("the log to be open", async () => (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode);
            foreach (var (driver, state, tags) in new[] { (1, "\"a, \\\"b\\\"\\n\"", "[\"x\",\"é,\"]"), (2, "\"\"", "[]"), (3, "null", "null"), (4, "\"free\"", "[\"x\",\"é,\"]") })
            {
                (await store.PostAsync("/push", Drivers.Push(store.Time.GetUtcNow(), driver, state: state, tags: tags))).EnsureSuccessStatusCode();
            }
            (await store.PostAsync("/write-to-online-store", """{"feature_view_name":"trip_price","df":{"city":["NYC"],"driver_id":[1],"price":[1.5],"paid":[true],"receipt":["Bwg="],"legs":[[1,2]],"event_timestamp":["2001-04-01T11:00:00"]}}""")).EnsureSuccessStatusCode();
        }
        File.WriteAllLines(PathOf("spine.csv"), ["driver_id,event_time", .. Enumerable.Range(1, 5).Reverse().Select(driver => $"{driver},2001-04-01T12:30:0{driver % 3}Z")]);
        File.WriteAllText(PathOf("trips.csv"), "city,driver_id,event_time\nNYC,1,2001-04-01T12:30:00Z\n");

        Assert.Equal(ExitCode.Done, Run("spine.csv", "--service", "driver_activity", "--registry", PathOf("registry.json"), "--out", PathOf("set.csv")));
        Assert.Equal(ExitCode.Done, Run("trips.csv", "--service", "trip", "--registry", PathOf("registry.json"), "--out", PathOf("set2.csv")));

        Assert.Equal(
            """"
            driver_id,event_time,hour_shifts_1h,driver_state,driver_rating,driver_tags,driver_trips,driver_since,hour_mean_trips_1h
            5,2001-04-01T12:30:02Z,,,,,,,
            4,2001-04-01T12:30:01Z,1,free,4.5,"[""x"",""\u00E9,""]",7,993945600,7
            3,2001-04-01T12:30:00Z,1,,4.5,,7,993945600,7
            2,2001-04-01T12:30:02Z,1,"",4.5,[],7,993945600,7
            1,2001-04-01T12:30:01Z,1,"a, ""b""
            ",4.5,"[""x"",""\u00E9,""]",7,993945600,7

            """", File.ReadAllText(PathOf("set.csv")));
        Assert.Equal("city,driver_id,event_time,trip_receipt,trip_price,trip_legs\nNYC,1,2001-04-01T12:30:00Z,Bwg=,1.5,\"[1,2]\"\n", File.ReadAllText(PathOf("set2.csv")));

        Assert.Equal(ExitCode.WrongArguments, Run("spine.csv", "--service", "driver_activity", "--registry", PathOf("registry.json"), "--out", PathOf("set.bin")));
        Assert.Contains("The feature 'driver_state' is a STRING, and .bin holds numbers alone: join to .csv.", errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "spine.csv is empty; its first line names the columns: origin, destination and event_time.")]
    [InlineData("origin,event_time\n", "spine.csv, line 1: the heading must have the column 'destination' once.")]
    [InlineData("origin,origin,destination,event_time\n", "spine.csv, line 1: the heading must have the column 'origin' once.")]
    [InlineData("origin,destination,event_time\nATL,LAX,2001-04-01T12:00:00Z\nATL,LAX\n", "spine.csv, line 3 has 2 columns where the heading has 3.")]
    [InlineData("origin,destination,event_time\n\nATL,LAX,2001-04-01T12:00:00\n", "spine.csv, line 3, column 'event_time' must be an ISO 8601 time of the years 1900 to 8999 with its UTC offset, e.g. 2001-03-01T08:00:00-05:00.")]
    [InlineData("origin,destination,event_time\nATL,,2001-04-01T12:00:00Z\n", "spine.csv, line 2, column 'destination' must be a text of 1 to 128 characters.")]
    [InlineData("origin,destination,event_time\n\"AT\nL\",LAX,2001-04-01T12:00:00Z\n\"A\"x,LAX,2001-04-01T12:00:00Z\n", "spine.csv, line 4, column 1 has text behind its closing quotation mark.")]
    [InlineData("origin,destination,event_time\nATL,\"LAX,2001-04-01T12:00:00Z\n\n", "spine.csv, line 2, column 2 has a quotation mark that is not closed.")]
    public void A_spine_that_is_wrong_is_refused_with_its_line_and_column_and_nothing_is_written(string spine, string message)
    {
        folder.Log(Flights.Random(42, 10));
        File.WriteAllText(PathOf("spine.csv"), spine);

        Assert.Equal(ExitCode.Failed, Run("spine.csv", "--service", "flight_delay", "--out", PathOf("set.csv")));

        Assert.Equal(message, errors.ToString().Trim());
        Assert.Empty(Directory.GetFiles(folder.Path, "set*"));
    }

    [Theory]
    [InlineData("1001", null)]
    [InlineData("-9223372036854775808", null)]
    [InlineData("01001", "64")]
    [InlineData("1001.0", "64")]
    [InlineData("+1001", "64")]
    [InlineData(" 1001", "64")]
    [InlineData("-0", "64")]
    [InlineData("9223372036854775808", "64")]
    [InlineData("2147483648", "32")]
    public void A_key_that_is_a_number_must_stand_as_the_store_has_it(string key, string? bits)
    {
        folder.Log([]);
        File.WriteAllText(PathOf("registry.json"), Drivers.Registry.Replace("\"INT64\" }", bits == "32" ? "\"INT32\" }" : "\"INT64\" }", StringComparison.Ordinal).Replace("\"featureServices\": [", """
            "featureServices": [ { "name": "driver_trips", "version": 1, "features": [ { "view": "driver_trips", "entity": { "driver_id": "driver_id" }, "features": ["shifts_1h"], "prefix": "hour" } ] },
            """, StringComparison.Ordinal));
        File.WriteAllText(PathOf("spine.csv"), $"driver_id,event_time\n{key},2001-04-01T12:00:00Z\n");

        Assert.Equal(bits is null ? ExitCode.Done : ExitCode.Failed, Run("spine.csv", "--service", "driver_trips", "--registry", PathOf("registry.json"), "--out", PathOf("set.csv")));

        if (bits is not null) { Assert.Equal($"spine.csv, line 2, column 'driver_id' must be a whole number of {bits} bits, as 1001.", errors.ToString().Trim()); }
    }

    [Theory]
    [InlineData("The spine is missing.", "--service", "flight_delay", "--out", "x.csv")]
    [InlineData("--service NAME is missing.", "spine.csv", "--out", "x.csv")]
    [InlineData("--out FILE is missing.", "spine.csv", "--service", "flight_delay")]
    [InlineData("--out must end in .csv or .bin.", "spine.csv", "--service", "flight_delay", "--out", "x.parquet")]
    [InlineData("There is no option '--speed'; there are --service, --out, --registry, --temp, --log.", "spine.csv", "--speed", "9")]
    [InlineData("The option --out needs a value.", "spine.csv", "--out")]
    [InlineData("The option --out is given twice.", "spine.csv", "--out", "x.csv", "--out", "y.csv")]
    [InlineData("There is no feature service 'nothing'; there are flight_delay.", "spine.csv", "--service", "nothing", "--out", "x.csv")]
    public void Wrong_arguments_are_named_and_the_usage_is_shown(string message, params string[] args)
    {
        Assert.Equal(ExitCode.WrongArguments, new JoinCommand(errors, TimeProvider.System).Run(args));

        Assert.StartsWith($"{message}\nusage: features join SPINE", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_log_a_folder_that_is_none_and_a_spine_that_is_not_there_are_unreadable()
    {
        File.WriteAllText(PathOf("spine.csv"), "origin,destination,event_time\n");
        Assert.Equal(ExitCode.Unreadable, Run("spine.csv", "--service", "flight_delay", "--out", PathOf("set.csv")));
        Assert.Contains("is not a feature log: it has no log.id.", errors.ToString(), StringComparison.Ordinal);

        folder.Log(Flights.Random(43, 10));
        File.AppendAllText(folder.Segments[0], "torn");
        Assert.Equal(ExitCode.Done, Run("spine.csv", "--service", "flight_delay", "--out", PathOf("set.csv")));
        var bytes = File.ReadAllBytes(folder.Segments[0]);
        bytes[30] ^= 1;
        File.WriteAllBytes(folder.Segments[0], bytes);
        Assert.Equal(ExitCode.Unreadable, Run("spine.csv", "--service", "flight_delay", "--out", PathOf("set.csv")));
        Assert.Contains("is damaged at byte 8", errors.ToString(), StringComparison.Ordinal);

        Assert.Equal(ExitCode.Unreadable, Run("nowhere.csv", "--service", "flight_delay", "--out", PathOf("set.csv")));
    }

    private int Run(string spine, params string[] args) => new JoinCommand(errors, TimeProvider.System).Run([PathOf(spine), "--log", folder.Path, .. args]);

    private string PathOf(string file) => Path.Combine(folder.Path, file);
}
