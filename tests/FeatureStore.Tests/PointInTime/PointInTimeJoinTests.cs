using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.PointInTime;
using MlAspire.FeatureStore.Tests.Offline;

namespace MlAspire.FeatureStore.Tests.PointInTime;

public sealed class PointInTimeJoinTests : IDisposable
{
    private readonly LogFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1, 200)]
    [InlineData(2, 10_000)]
    [InlineData(3, 10_000_000)]
    public void The_join_is_a_count_over_the_events_before_each_moment_whatever_the_order_and_the_memory(int seed, int sortBytes)
    {
        var events = Flights.Random(seed, 2_000).ToArray();
        var random = new Random(seed);
        random.Shuffle(events);
        folder.Log(events);
        string[] airports = ["ATL", "LAX", "ORD", "NIL"];
        // A third of the rows at the very moment of an event, which they must not see.
        var rows = Enumerable.Range(0, 300).Select(i => JoinRows.Spine(i,
            events[random.Next(events.Length)].Time.AddSeconds(i % 3 == 0 ? 0 : random.Next(-4_000, 4_000)).ToOffset(TimeSpan.FromMinutes(15 * random.Next(-48, 57))),
            airports[random.Next(4)], airports[random.Next(4)])).ToArray();

        using var join = new PointInTimeJoin(Flights.Registry, Flights.FlightDelay, folder.Path, sortBytes);
        Array.ForEach(rows, row => join.Add(row));
        foreach (var applied in LogReader.Applied([folder.Path]))
        {
            join.Add(applied);
        }
        var joined = join.All().ToList();

        Assert.Equal(rows.Select(row => (row.Index, row.Moment, row.Moment.Offset)), joined.Select(row => (row.Index, row.Moment, row.Moment.Offset)));
        for (var i = 0; i < rows.Length; i++)
        {
            var expected = new BruteForce([.. events.Where(e => e.Time < rows[i].Moment)]).At(rows[i].Moment, $"{rows[i].Entities[0]}", $"{rows[i].Entities[1]}");
            Assert.Equal(Flights.FlightDelay.FeatureNames.Select(name => expected[name].Value), joined[i].Values.Select(value => double.IsNaN(value) ? (double?)null : value));
        }
    }

    [Fact]
    public void An_event_of_less_than_a_second_before_1970_is_in_the_tile_that_ends_there()
    {
        var year = DateTimeOffset.UnixEpoch;
        Flights.Event[] events = [new("landings", year.AddMilliseconds(-500), "ATL", "LAX", 20)];
        folder.Log(events);
        var rows = Enumerable.Range(0, 30).Select(i => JoinRows.Spine(i, year.AddMinutes(5 * i), "ATL", "LAX")).ToArray();

        using var join = new PointInTimeJoin(Flights.Registry, Flights.FlightDelay, folder.Path);
        Array.ForEach(rows, row => join.Add(row));
        foreach (var applied in LogReader.Applied([folder.Path]))
        {
            join.Add(applied);
        }

        Assert.All(join.All(), row => Assert.Equal(
            Flights.FlightDelay.FeatureNames.Select(name => new BruteForce(events).At(row.Moment, "ATL", "LAX")[name].Value), row.Values.Select(value => double.IsNaN(value) ? (double?)null : value)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)] // the spine is not in the order of time, and is brought back to its own
    public void Of_wide_rows_fewer_are_in_memory_at_a_time(int direction)
    {
        const int Width = 300_000;
        using var join = new PointInTimeJoin(Flights.Registry, Flights.FlightDelay, folder.Path);
        for (var i = 0; i < 50; i++)
        {
            join.Add(JoinRows.Spine(i, new DateTimeOffset(2001, 4, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(direction * i), "ATL", "LAX") with { Record = new string('x', Width).AsMemory() });
        }

        var taken = join.Join().Select(rows => rows.Count).ToList();

        Assert.Equal(50, taken.Sum());
        Assert.All(taken, rows => Assert.InRange(rows, 1, JoinedRows.MaxRecordBytes / Width + 1));
    }

    [Fact]
    public void The_temporary_files_are_gone_afterwards()
    {
        folder.Log(Flights.Random(4, 500));
        var before = Directory.GetFiles(folder.Path);
        using (var join = new PointInTimeJoin(Flights.Registry, Flights.FlightDelay, folder.Path, 500))
        {
            for (var i = 0; i < 20; i++)
            {
                join.Add(JoinRows.Spine(i, new DateTimeOffset(2001, 4, 20 - i, 0, 0, 0, TimeSpan.Zero), "ATL", "LAX"));
            }
            foreach (var applied in LogReader.Applied([folder.Path]))
            {
                join.Add(applied);
            }
            Assert.Equal(20, join.All().Count());
            Assert.NotEqual(before.Length, Directory.GetFiles(folder.Path).Length);
        }
        Assert.Equal(before, Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void More_runs_than_files_may_be_open_are_merged_on_the_way()
    {
        var numbers = Enumerable.Range(0, 2_000).ToArray();
        new Random(5).Shuffle(numbers);
        using var sort = new ExternalSort(100, folder.Path);
        foreach (var number in numbers)
        {
            sort.Add(number / 3, number, BitConverter.GetBytes(number));
        }

        Assert.InRange(Directory.GetFiles(folder.Path, "*.run").Length, 2, 256);
        Assert.Equal(Enumerable.Range(0, 2_000), sort.Sorted().Select(record => BitConverter.ToInt32(record.Bytes.Span)));
        Assert.False(sort.WasSorted);
    }

    [Fact]
    public void What_was_added_in_order_comes_back_in_order_through_the_files()
    {
        using var sort = new ExternalSort(100, folder.Path);
        for (var number = 0; number < 2_000; number++)
        {
            sort.Add(number / 3, number, BitConverter.GetBytes(number));
        }

        Assert.True(sort.WasSorted);
        Assert.Equal(Enumerable.Range(0, 2_000), sort.Sorted().Select(record => BitConverter.ToInt32(record.Bytes.Span)));
    }

    [Fact]
    public void A_record_may_be_larger_than_the_memory()
    {
        using var sort = new ExternalSort(100, folder.Path);
        for (var i = 3; i > 0; i--)
        {
            sort.Add(i, 0, new byte[i * 1_000]);
        }

        Assert.Equal([1_000, 2_000, 3_000], sort.Sorted().Select(record => record.Bytes.Length));
    }
}
