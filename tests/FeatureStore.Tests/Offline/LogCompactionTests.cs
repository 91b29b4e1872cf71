using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.PointInTime;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.Testing;

namespace MlAspire.FeatureStore.Tests.Offline;

public sealed class LogCompactionTests : IDisposable
{
    private readonly LogFolder folder = new();
    private readonly StringWriter errors = new();

    public void Dispose()
    {
        folder.Dispose();
        errors.Dispose();
    }

    [Fact]
    public void Pushes_that_were_sent_again_go_and_all_others_keep_their_sequences()
    {
        using (var log = folder.Open(segmentBytes: 4_096))
        {
            Append(log, "radar", 0, 10);
            Append(log, "radar", 0, 10); // 10: again
            Append(log, null, 0, 10); // 20: of no producer
            Append(log, null, 0, 10); // 30: the same rows, which count again
            Append(log, "radar", 5, 10); // 40: half of it again
            Append(log, "radar", 0, 15); // 50: again
            Append(log, "tower", 0, 10); // 65
            for (var i = 0; i < 30; i++) // 75: again, over segments
            {
                Append(log, "tower", 0, 10);
            }
            Append(log, "tower", 10, 10); // 375
        }
        var (rows, newest, sizes) = (Applied(), File.ReadAllBytes(folder.Segments[^1]), folder.Segments.Sum(path => new FileInfo(path).Length));
        var newestFirst = LogReader.Frames(folder.Path, LogSegment.Of(folder.Path)[^1].First).First().Sequence;

        Assert.Equal(ExitCode.Done, Compact());

        Assert.Equal(rows, Applied());
        Assert.Equal([0, 20, 30, 40, 65], LogReader.Frames(folder.Path).Select(frame => frame.Sequence).Where(sequence => sequence < newestFirst));
        Assert.Equal(newest, File.ReadAllBytes(folder.Segments[^1]));
        Assert.InRange(folder.Segments.Sum(path => new FileInfo(path).Length), 1, sizes / 2);
        using var again = folder.Open();
        Assert.Equal(385, again.NextSequence);
    }

    [Fact]
    public void A_producer_that_Redis_had_forgotten_is_not_repeating_itself()
    {
        using (var log = folder.Open(segmentBytes: 4_096))
        {
            Append(log, "radar", 0, 10);
            folder.Time.Advance(LoggedIngest.OnlineRetention);
            Append(log, "radar", 0, 10); // 10: just known
            folder.Time.Advance(LoggedIngest.OnlineRetention + TimeSpan.FromSeconds(1));
            Append(log, "radar", 0, 10); // 20: counted again
            for (var i = 0; i < 20; i++)
            {
                Append(log, "tower", 10 * i, 10);
            }
        }

        Assert.Equal(ExitCode.Done, Compact());

        Assert.Equal([0, 20, 30], LogReader.Frames(folder.Path).Select(frame => frame.Sequence).Take(3));
    }

    [Fact]
    public void Rows_in_a_gap_that_this_log_alone_would_have_closed_stay()
    {
        using var other = new LogFolder();
        const int Pushes = 300; // each leaves a gap of the other's
        using (FeatureLog a = folder.Open(segmentBytes: 4_096), b = other.Open())
        {
            for (var i = 0; i < Pushes; i++)
            {
                Append(a, "radar", 20 * i, 10);
                if (i > 0)
                {
                    Append(b, "radar", 20 * i + 10, 10);
                }
                folder.Time.Advance(TimeSpan.FromMilliseconds(100));
                other.Time.Advance(TimeSpan.FromMilliseconds(100));
            }
            Append(a, "radar", 10, 10); // late, into the gap that nobody else filled
            for (var i = 0; i < 30; i++)
            {
                Append(a, "tower", 10 * i, 10);
            }
        }

        Assert.Equal(ExitCode.Done, Compact());

        var applied = LogReader.Applied([folder.Path, other.Path]).SelectMany(f => f.Positions.Select(row => f.Rows.Offsets with { First = f.Rows.Offsets.First + row }));
        Assert.Equal(Enumerable.Range(0, 20 * Pushes).Select(i => (long)i), applied.Where(offset => offset.Producer == "radar").Select(offset => offset.First).Order());
    }

    [Fact]
    public void The_join_over_a_compacted_log_is_the_join_over_the_whole()
    {
        LogTwice(Flights.Random(51, 2_000));
        File.WriteAllLines(PathOf("spine.csv"), ["origin,destination,event_time", .. Enumerable.Range(0, 100).Select(i => $"ATL,{(i % 2 == 0 ? "LAX" : "ORD")},2001-03-{24 + i % 8}T{i % 24:00}:30:00Z")]);
        Join("whole.csv");
        var sizes = folder.Segments.Sum(path => new FileInfo(path).Length);
        Assert.Equal(ExitCode.Done, Compact());
        Join("compacted.csv");

        Assert.InRange(folder.Segments.Sum(path => new FileInfo(path).Length), 1, sizes * 2 / 3);
        Assert.Equal(File.ReadAllText(PathOf("whole.csv")), File.ReadAllText(PathOf("compacted.csv")));
    }

    [Fact]
    public async Task A_Redis_that_was_lost_gets_the_same_bytes_out_of_a_compacted_log()
    {
        var events = Flights.Random(52, 1_000);
        List<string> dump;
        await using (var store = await StartAsync())
        {
            foreach (var (rows, source, i) in events.GroupBy(e => e.Source).SelectMany(source => source.Chunk(50).Select((rows, i) => (rows, source.Key, i))))
            {
                foreach (var _ in Enumerable.Range(0, 3))
                {
                    await store.PushAsync(rows, source, 50 * i);
                }
                await store.PushAsync([.. rows.Take(3)]);
            }
            dump = await store.DumpAsync();
            // Amid the log's use: what comes after is appended, and applied behind the mark.
            Assert.Equal(ExitCode.Done, Compact());
            await store.PushAsync([.. events.Where(e => e.Source == "landings").Take(3)], "landings");
            Assert.Equal(dump, await store.DumpAsync());
        }

        await using var again = await StartAsync();

        Assert.Equal(dump, await again.DumpAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_compaction_that_was_killed_leaves_the_whole_segment_or_the_compacted_one_and_is_done_by_the_next(bool renamed)
    {
        LogTwice(Flights.Random(53, 1_000));
        var (rows, whole, oldest) = (Applied(), File.ReadAllBytes(folder.Segments[0]), folder.Segments[0]);
        Assert.Equal(ExitCode.Done, Compact());
        var compacted = folder.Segments.Select(File.ReadAllBytes).ToArray();

        // Killed within the first segment: its new file is half written, or has taken its place; the others are as they were.
        if (!renamed)
        {
            File.WriteAllBytes(oldest, whole);
        }
        File.WriteAllBytes($"{oldest}.new", whole[..(whole.Length / 2)]);
        Assert.Equal(rows, Applied());
        Assert.Equal(ExitCode.Done, Compact());

        Assert.Equal(rows, Applied());
        Assert.Equal(compacted, folder.Segments.Select(File.ReadAllBytes));
    }

    [Fact]
    public void A_segment_goes_when_it_would_have_gone_without_compaction()
    {
        LogTwice(Flights.Random(54, 500));
        var appended = new DateTime(2001, 4, 1, 0, 0, 0, DateTimeKind.Utc);
        Array.ForEach(folder.Segments, path => File.SetLastWriteTimeUtc(path, appended));

        Assert.Equal(ExitCode.Done, Compact());

        Assert.All(folder.Segments, path => Assert.Equal(appended, File.GetLastWriteTimeUtc(path)));
    }

    [Fact]
    public void A_damaged_segment_and_a_folder_that_is_no_log_are_unreadable_and_stay_as_they_are()
    {
        LogTwice(Flights.Random(55, 500));
        var bytes = File.ReadAllBytes(folder.Segments[1]);
        bytes[^1] ^= 1;
        File.WriteAllBytes(folder.Segments[1], bytes);

        Assert.Equal(ExitCode.Unreadable, Compact());
        Assert.Contains($"{folder.Segments[1]} is damaged at byte", errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(folder.Segments[1]));

        Assert.Equal(ExitCode.Unreadable, new CompactCommand(errors).Run([PathOf("nowhere")]));
        Assert.Equal(ExitCode.WrongArguments, new CompactCommand(errors).Run([]));
    }

    private void LogTwice(IEnumerable<Flights.Event> events)
    {
        using var log = folder.Open(segmentBytes: 4_096);
        foreach (var rows in LogFolder.Pushes(events))
        {
            log.Append([LogFolder.Frame(rows)]);
            log.Append([LogFolder.Frame(rows)]);
        }
    }

    private static void Append(FeatureLog log, string? producer, long offset, int count) => log.Append([LogFolder.Frame(LogFolder.Landings(count, producer, offset))]);

    private IReadOnlyList<string> Applied() => [.. LogReader.Applied([folder.Path]).SelectMany(frame =>
        frame.Positions.Select(row => $"{frame.Rows.Sequence + row} {frame.Rows.Offsets.Producer} {frame.Rows.Offsets.First + row} {string.Join(' ', frame.Rows.Row(row))}"))];

    private int Compact() => new CompactCommand(errors).Run([folder.Path]);

    private void Join(string output) => Assert.Equal(ExitCode.Done, new JoinCommand(errors, TimeProvider.System).Run([PathOf("spine.csv"), "--service", "flight_delay", "--log", folder.Path, "--out", PathOf(output)]));

    private async Task<Store> StartAsync()
    {
        var store = await Store.StartAsync(("Offline:Directory", folder.Path), ("Offline:SegmentBytes", "4096"));
        await Eventually.TrueAsync("the log to be applied", async () =>
        {
            store.Time.Advance(TimeSpan.FromSeconds(2));
            return (await store.Client.GetAsync("/health/ready")).IsSuccessStatusCode;
        });
        return store;
    }

    private string PathOf(string file) => Path.Combine(folder.Path, file);
}
