using System.Diagnostics;
using System.Globalization;
using MlAspire.FeatureStore.Backfill;
using MlAspire.FeatureStore.Tests.Offline;
using MlAspire.FeatureStore.Tests.Rows;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Backfill;

public sealed class BackfillCommandTests : IDisposable
{
    private readonly LogFolder folder = new();
    private readonly StringWriter errors = new();

    public void Dispose()
    {
        folder.Dispose();
        errors.Dispose();
    }

    [Fact]
    public async Task Every_row_is_taken_once_however_often_the_file_is_started_and_it_goes_on_where_it_ended()
    {
        await using var store = await Store.StartAsync();
        var landings = Flights.Random(51, 12_000).Where(e => e.Source == "landings").ToArray();
        Write("landings.csv", [.. landings.Take(2_345).Select(Line)]);
        Assert.Equal(ExitCode.Done, await RunAsync(store));
        Write("landings.csv", [.. landings.Select(Line)]);
        Assert.Equal(ExitCode.Done, await RunAsync(store));
        Assert.Contains("goes on at row 2,345: the store has the ones before", errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, await RunAsync(store));

        await using var reference = await Store.StartAsync();
        await reference.PushAsync(landings, "backfill");
        Assert.Equal(await reference.DumpAsync(), await store.DumpAsync());
        Assert.False(File.Exists(PathOf("landings.csv.quarantine.csv")));
    }

    [Fact]
    public async Task Poison_rows_go_to_quarantine_with_line_and_reason_and_the_others_are_taken()
    {
        await using var store = await Store.StartAsync();
        var landings = Flights.Random(52, 800).Where(e => e.Source == "landings").Take(300).ToArray();
        var lines = landings.Select(Line).ToList();
        lines[0] = lines[0].Replace('T', ' ');
        lines[7] = "x,late,\"A \"\"quoted\"\" place\",LAX,2001-03-25T12:00:00Z";
        lines[8] = "x,,ATL,LAX,2001-03-25T12:00:00Z";
        lines[9] = "too,few";
        for (var i = 100; i < 250; i++) // more problems than the store names at once
        {
            lines[i] = "x,1.5,ATL,LAX,never";
        }
        Write("landings.csv", lines);

        Assert.Equal(ExitCode.Done, await RunAsync(store));
        Assert.Equal(ExitCode.Done, await RunAsync(store));

        Assert.Contains("goes on at row 300: the store has the ones before", errors.ToString(), StringComparison.Ordinal);
        await using var reference = await Store.StartAsync();
        await reference.PushAsync([.. landings.Where((_, i) => i is not (0 or 7 or 8 or 9 or (>= 100 and < 250)))]);
        Assert.Equal(Tiles(await reference.DumpAsync()), Tiles(await store.DumpAsync()));
        // The store names at most 100 problems at once, by column: the file is in the order in which they were found.
        var lineNumbers = (string line) => int.TryParse(line.Split(',')[0], CultureInfo.InvariantCulture, out var offset) ? offset : -1;
        var quarantine = (await File.ReadAllLinesAsync(PathOf("landings.csv.quarantine.csv"))).OrderBy(lineNumbers).ToArray();
        Assert.Equal(1 + 4 + 150, quarantine.Length);
        Assert.Equal("offset,line,reason,row", quarantine[0]);
        Assert.StartsWith("0,2,\"event_time must be an ISO 8601 time of the years 1900 to 8999 with its UTC offset, e.g. 2001-03-01T08:00:00-05:00\",\"", quarantine[1], StringComparison.Ordinal);
        Assert.Equal("7,9,\"delay_minutes must be a whole number of 32 bits\",\"x,late,\"\"A \"\"\"\"quoted\"\"\"\" place\"\",LAX,2001-03-25T12:00:00Z\"", quarantine[2]);
        Assert.StartsWith("8,10,\"delay_minutes must be a whole number of 32 bits\",", quarantine[3], StringComparison.Ordinal);
        Assert.StartsWith("9,11,\"", quarantine[4], StringComparison.Ordinal);
        Assert.Equal("249,251", string.Join(',', quarantine[^1].Split(',').Take(2)));
    }

    [Fact]
    public async Task With_more_poison_than_the_quarantine_holds_the_backfill_ends()
    {
        await using var store = await Store.StartAsync();
        Write("landings.csv", [.. Enumerable.Repeat("x,1.5,ATL,LAX,2001-03-25T12:00:00Z", 1_200)]);

        Assert.Equal(ExitCode.Failed, await RunAsync(store));

        Assert.Contains("1000 rows are in quarantine already; line 1002: delay_minutes must be a whole number of 32 bits.", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_is_away_is_waited_for()
    {
        await using var store = await Store.StartAsync();
        var landings = Flights.Random(53, 800).Where(e => e.Source == "landings").Take(300).ToArray();
        Write("landings.csv", [.. landings.Select(Line)]);
        await store.Redis.KillAsync();
        var backfill = RunAsync(store);
        await Eventually.TrueAsync("the backfill to wait", () => errors.ToString().Contains("waiting for", StringComparison.Ordinal));

        await store.Redis.RestartAsync();

        Assert.Equal(ExitCode.Done, await backfill.WithinAsync("the backfill"));
        Assert.Equal("""{"producer":"backfill","next_offset":300}""", await store.Client.GetStringAsync("/v1/producers/backfill"));
    }

    [Fact]
    public async Task Every_type_is_loaded_as_a_join_writes_it_and_a_wrong_value_of_a_list_is_its_rows()
    {
        static string Wide(string registry) => registry.Replace("\"since\", \"type\": \"UNIX_TIMESTAMP\" } ]", "\"since\", \"type\": \"UNIX_TIMESTAMP\" }, { \"name\": \"paid\", \"type\": \"BOOL\" } ]", StringComparison.Ordinal).Replace(
            "\"since\"],", "\"since\", \"paid\"],", StringComparison.Ordinal).Replace(", \"enum\": [\"free\", \"busy\"]", "", StringComparison.Ordinal);
        await using var store = await Drivers.StartAsync(Wide);
        await File.WriteAllTextAsync(PathOf("drivers.json"), Wide(Drivers.Registry));
        var now = store.Time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(PathOf("shifts.csv"),
            ["event_timestamp,driver,rating,trips,state,tags,since,paid", $"{now},1,4.5,7,\"\",\"[\"\"a\"\",\"\"b\"\"]\",993945600,1", $"{now},2,,7,,[],-1,0", $"{now},3,,7,,,,true", $"{now},4,,7,free,\"[\"\"a\"\",5]\",,"]);

        Assert.Equal(ExitCode.Done, await new BackfillCommand(TextWriter.Synchronized(errors), TimeProvider.System).RunAsync(
            [PathOf("shifts.csv"), "--source", "shifts", "--producer", "backfill", "--registry", PathOf("drivers.json"), "--store", store.Client.BaseAddress!.ToString()], CancellationToken.None));

        string[] names = ["driver_state", "driver_tags", "driver_since", "driver_paid"];
        async Task<string[]> ReadAsync(long driver) => [.. (await Drivers.ReadAsync(store, driver: driver)).Where(line => names.Contains(line.Split(':')[0])).Select(line => line[(line.IndexOf('_', StringComparison.Ordinal) + 1)..line.LastIndexOf(' ')])]; // without its age
        Assert.Equal(["state: \"\" PRESENT", "tags: [\"a\",\"b\"] PRESENT", "since: 993945600 PRESENT", "paid: true PRESENT"], await ReadAsync(1));
        Assert.Equal(["state: null NULL", "tags: [] PRESENT", "since: -1 PRESENT", "paid: false PRESENT"], await ReadAsync(2));
        Assert.Equal(["state: null NULL", "tags: null NULL", "since: null NULL", "paid: true PRESENT"], await ReadAsync(3));
        Assert.StartsWith("3,5,\"tags[1] must be a string of at most 16384 characters\",", (await File.ReadAllLinesAsync(PathOf("shifts.csv.quarantine.csv")))[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a key of at least thirty-two characters", ExitCode.Done, 300)]
    [InlineData("another key of at least thirty-two characters", ExitCode.Failed, 0)]
    [InlineData("", ExitCode.Failed, 0)]
    [InlineData("a key\nof two lines", ExitCode.WrongArguments, 0)]
    public async Task A_store_with_keys_gets_one_from_the_environment(string key, int exitCode, int taken)
    {
        await using var store = await Store.StartAsync(("Access:Keys:backfill:Secret", "a key of at least thirty-two characters"));
        Write("landings.csv", [.. Flights.Random(54, 800).Where(e => e.Source == "landings").Take(300).Select(Line)]);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "MlAspire.FeatureStore.dll"), "features", "backfill", .. Arguments(store)]) { RedirectStandardError = true };
        start.Environment["Backfill__FeatureStoreKey"] = key;
        using var backfill = Process.Start(start)!;
        var said = await backfill.StandardError.ReadToEndAsync();
        await backfill.WaitForExitAsync();

        Assert.Equal(exitCode, backfill.ExitCode);
        Assert.Equal($$"""{"producer":"backfill","next_offset":{{taken}}}""", await store.Client.GetStringAsync("/v1/producers/backfill"));
        if (key.Length > 0)
        {
            Assert.DoesNotContain(key, said, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(ExitCode.WrongArguments, "--producer NAME is missing.", "x.csv", "--source", "landings")]
    [InlineData(ExitCode.WrongArguments, "There is no push source 'nothing'; there are departures, landings.", "x.csv", "--source", "nothing", "--producer", "p")]
    [InlineData(ExitCode.WrongArguments, "--store must be a URL.", "x.csv", "--source", "landings", "--producer", "p", "--store", "nowhere")]
    [InlineData(ExitCode.Unreadable, "Could not find file", "/no-such-file.csv", "--source", "landings", "--producer", "p")]
    public async Task What_is_wrong_is_named(int exitCode, string message, params string[] args)
    {
        Assert.Equal(exitCode, await new BackfillCommand(errors, TimeProvider.System).RunAsync(args, CancellationToken.None));

        Assert.StartsWith(message, errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_heading_without_a_column_is_refused()
    {
        await using var store = await Store.StartAsync();
        File.WriteAllText(PathOf("landings.csv"), "origin,destination,event_time\n");

        Assert.Equal(ExitCode.Failed, await RunAsync(store));

        Assert.Equal("landings.csv, line 1: the heading must have the column 'delay_minutes' once.", errors.ToString().Trim());
    }

    private Task<int> RunAsync(Store store) => new BackfillCommand(TextWriter.Synchronized(errors), TimeProvider.System).RunAsync(
        Arguments(store), CancellationToken.None);

    private string[] Arguments(Store store) => [PathOf("landings.csv"), "--source", "landings", "--producer", "backfill", "--store", store.Client.BaseAddress!.ToString()];

    private void Write(string file, IReadOnlyList<string> lines) => File.WriteAllLines(PathOf(file), ["note,delay_minutes,origin,destination,event_time", .. lines]);

    private static string Line(Flights.Event e) => string.Create(CultureInfo.InvariantCulture, $"x,{e.Delay},{e.Origin},\"{e.Destination}\",{e.Time:yyyy-MM-ddTHH:mm:sszzz}");

    private string PathOf(string file) => Path.Combine(folder.Path, file);

    private static List<string> Tiles(List<string> dump) => dump.FindAll(line => line.StartsWith("ft:", StringComparison.Ordinal));
}
