using MlAspire.FeatureStore.Offline;

namespace MlAspire.FeatureStore.Tests.Offline;

public sealed class FeatureLogTests : IDisposable
{
    private readonly LogFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_appended_is_read_back_in_order_also_while_the_log_is_open_and_after_it_was()
    {
        using (var log = folder.Open())
        {
            Assert.Equal([0, 2], log.Append([LogFolder.Frame(LogFolder.Landings(2)), LogFolder.Frame(LogFolder.Landings(1, "radar", 90, 50))]));
            Assert.Equal(["0 0 20", "1 1 21", "2 90 50"], folder.Rows());
        }
        using (var again = folder.Open())
        {
            Assert.Equal([3], again.Append([LogFolder.Frame(LogFolder.Landings(1, delay: 7))]));
        }

        Assert.Equal(["0 0 20", "1 1 21", "2 90 50", "3 3 7"], folder.Rows());
        Assert.Equal(["feature_log_opened", "feature_log_opened"], folder.Events);
    }

    [Fact]
    public void A_crash_at_any_byte_of_a_write_costs_that_write_alone()
    {
        int whole;
        using (var log = folder.Open())
        {
            log.Append([LogFolder.Frame(LogFolder.Landings(2))]);
            whole = (int)new FileInfo(folder.Segments[0]).Length;
            log.Append([LogFolder.Frame(LogFolder.Landings(1, delay: 7))]);
        }
        var bytes = File.ReadAllBytes(folder.Segments[0]);
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(folder.Segments[0], bytes[..length]);
            using var log = folder.Open();
            Assert.Equal(length < whole ? 0 : 2, log.NextSequence);
            Assert.Equal(length < whole ? [] : ["0 0 20", "1 1 21"], folder.Rows());
        }
        // Not torn are: nothing, nothing but the header, and the end of the first frame.
        Assert.Equal(bytes.Length - 3 - LogSegment.Header.Length + 1, folder.Events.Count(e => e == "feature_log_torn"));
    }

    [Fact]
    public void A_log_that_has_lost_its_name_does_not_open()
    {
        folder.Open().Dispose();
        var path = Path.Combine(folder.Path, "log.id");
        Assert.Equal(12, File.ReadAllText(path).Length);
        File.WriteAllText(path, "");

        Assert.StartsWith($"{path} is empty", Assert.Throws<IOException>(() => folder.Open().Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_with_whole_frames_behind_it_is_no_crash_and_the_log_does_not_open()
    {
        using (var log = folder.Open())
        {
            log.Append([LogFolder.Frame(LogFolder.Landings(2))]);
            log.Append([LogFolder.Frame(LogFolder.Landings(1))]);
        }
        var bytes = File.ReadAllBytes(folder.Segments[0]);
        bytes[40] ^= 1;
        File.WriteAllBytes(folder.Segments[0], bytes);

        var error = Assert.Throws<InvalidDataException>(() => folder.Open());

        Assert.Contains($"{folder.Segments[0]} is damaged at byte 8, and there are whole frames behind it from byte", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_file_under_the_name_of_a_segment_is_refused()
    {
        File.WriteAllText(Path.Combine(folder.Path, LogSegment.NameOf(0)), "something else");

        Assert.Throws<InvalidDataException>(() => folder.Open());
    }

    [Fact]
    public void Segments_are_bounded_and_named_by_their_first_row()
    {
        using var log = folder.Open(segmentBytes: 4_096);
        for (var i = 0; i < 30; i++)
        {
            log.Append([LogFolder.Frame(LogFolder.Landings(10))]);
        }

        Assert.All(folder.Segments, segment => Assert.InRange(new FileInfo(segment).Length, 1, 4_096));
        Assert.Equal(300, folder.Rows().Count);
        var firsts = LogSegment.Of(folder.Path).Select(segment => LogReader.Frames(folder.Path, segment.First).First().Sequence);
        Assert.Equal(LogSegment.Of(folder.Path).Select(segment => segment.First), firsts);
        Assert.Equal(["25 25 25", "26 26 26"], LogReader.Frames(folder.Path, 20).Take(1).SelectMany(f => Enumerable.Range(5, 2).Select(i => $"{f.Sequence + i} {f.Offsets.First + i} {f.Row(i)[2].Number}")));
    }

    [Fact]
    public void A_segment_that_cannot_be_begun_leaves_nothing_and_is_tried_again()
    {
        using var log = folder.Open(segmentBytes: 4_096);
        var next = FillSegment(log);
        File.CreateSymbolicLink(next, "/dev/full");

        Assert.Contains("No space left", Assert.Throws<IOException>(() => log.Append([LogFolder.Frame(LogFolder.Landings(10))])).Message, StringComparison.Ordinal);

        Assert.False(File.Exists(next));
        log.Append([LogFolder.Frame(LogFolder.Landings(10))]);
        Assert.Equal(log.NextSequence, folder.Rows().Count);
        Assert.Equal(2, folder.Segments.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("MLF")]
    [InlineData("MLFLOG1\n")]
    public void A_segment_that_was_begun_and_not_forced_to_disk_is_begun_anew(string left)
    {
        using (var log = folder.Open(segmentBytes: 4_096))
        {
            File.WriteAllText(FillSegment(log), left);
            log.Append([LogFolder.Frame(LogFolder.Landings(10))]);
        }

        using var again = folder.Open(segmentBytes: 4_096);
        Assert.Equal(again.NextSequence, folder.Rows().Count);
        Assert.Equal(2, folder.Segments.Length);
    }

    [Fact]
    public void A_segment_past_its_retention_is_deleted_and_the_others_stay()
    {
        using var log = folder.Open(segmentBytes: 4_096, retention: TimeSpan.FromDays(2));
        while (folder.Segments.Length < 3)
        {
            log.Append([LogFolder.Frame(LogFolder.Landings(10))]);
        }
        File.SetLastWriteTimeUtc(folder.Segments[0], folder.Time.GetUtcNow().UtcDateTime.AddDays(-2).AddSeconds(-1));
        File.SetLastWriteTimeUtc(folder.Segments[1], folder.Time.GetUtcNow().UtcDateTime.AddDays(-2));
        var kept = folder.Segments[1..];

        log.Forget();

        Assert.Equal(kept, folder.Segments);
        Assert.Contains("feature_log_forgotten", folder.Events);
    }

    [Fact]
    public void Without_a_retention_everything_is_kept_and_with_one_what_is_past_it_goes_at_the_start()
    {
        using (var log = folder.Open(segmentBytes: 4_096))
        {
            while (folder.Segments.Length < 4)
            {
                log.Append([LogFolder.Frame(LogFolder.Landings(10))]);
            }
            foreach (var segment in folder.Segments)
            {
                File.SetLastWriteTimeUtc(segment, DateTime.UnixEpoch);
            }
            log.Forget();
            Assert.Equal(4, folder.Segments.Length);
        }
        var (rows, newest) = (folder.Rows(), folder.Segments[^1]);
        // As a crash between two deletions, or a compaction that brought a segment back, leaves it.
        File.Delete(folder.Segments[1]);

        using (var log = folder.Open(segmentBytes: 4_096, retention: TimeSpan.FromDays(91)))
        {
            Assert.Equal(rows.Count, log.NextSequence);
        }

        Assert.Equal([newest], folder.Segments);
        Assert.Equal(rows.SkipWhile(row => !row.StartsWith($"{LogSegment.Of(folder.Path)[0].First} ", StringComparison.Ordinal)), folder.Rows());
    }

    [Theory]
    [InlineData("91.00:00:00", null)]
    [InlineData("90.23:59:59", "Retention")]
    [InlineData("36500.00:00:01", "Retention")]
    public void A_retention_that_would_take_what_the_online_store_may_need_is_refused(string retention, string? named)
    {
        var result = new OfflineOptionsValidator().Validate(null, new OfflineOptions { Retention = TimeSpan.Parse(retention, System.Globalization.CultureInfo.InvariantCulture) });
        Assert.Equal(named is null, result.Succeeded);
        if (named is not null)
        {
            Assert.Contains(named, result.FailureMessage, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void At_its_bound_the_log_takes_nothing_and_goes_on_when_the_oldest_is_past_its_retention()
    {
        using var log = folder.Open(segmentBytes: 4_096, maxBytes: 8_192, retention: TimeSpan.FromDays(2));
        var taken = 0;
        void Fill()
        {
            for (; taken < 1_000; taken++)
            {
                log.Append([LogFolder.Frame(LogFolder.Landings(10))]);
            }
        }
        var full = Assert.Throws<IOException>(Fill);
        Assert.Equal("The log has reached Offline:MaxBytes (8192 bytes).", full.Message);
        Assert.Equal(full.Message, log.Failure);
        Assert.Equal(10 * taken, folder.Rows().Count);
        Assert.Equal(1, folder.Events.Count(e => e == "feature_log_failed"));

        folder.Time.Advance(TimeSpan.FromDays(366 * 40));
        log.Append([LogFolder.Frame(LogFolder.Landings(10))]);

        Assert.Null(log.Failure);
        Assert.Equal(10 * taken, log.NextSequence - 10);
    }

    [Fact]
    public void A_log_has_one_owner()
    {
        using var owner = folder.Open();

        Assert.Throws<IOException>(() => folder.Open());
    }

    [Fact]
    public void Of_a_producers_repeated_rows_the_first_count_also_over_several_logs()
    {
        using var other = new LogFolder();
        using (FeatureLog a = folder.Open(), b = other.Open())
        {
            a.Append([LogFolder.Frame(LogFolder.Landings(3, "radar", 0))]);
            other.Time.Advance(TimeSpan.FromSeconds(1));
            b.Append([LogFolder.Frame(LogFolder.Landings(4, "radar", 1, 21))]);
            folder.Time.Advance(TimeSpan.FromSeconds(2));
            a.Append([LogFolder.Frame(LogFolder.Landings(2, "radar", 0)), LogFolder.Frame(LogFolder.Landings(1, delay: 99))]);
        }

        var applied = LogReader.Applied([folder.Path, other.Path]).SelectMany(f => f.Positions.Select(i => f.Rows.Row(i)[2].Number));

        Assert.Equal([20, 21, 22, 23, 24, 99], applied);
    }

    [Theory]
    [InlineData(-3_600)]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(3_600)]
    public void Batches_that_went_to_several_replicas_in_turn_count_once_whatever_their_clocks_say(int secondsAhead)
    {
        using var other = new LogFolder();
        other.Time.Advance(TimeSpan.FromSeconds(3_600 + secondsAhead));
        folder.Time.Advance(TimeSpan.FromSeconds(3_600));
        using (FeatureLog a = folder.Open(), b = other.Open())
        {
            for (var i = 0; i < 100; i++)
            {
                (i % 2 == 0 ? a : b).Append([LogFolder.Frame(LogFolder.Landings(10, "radar", 10 * i, 10 * i))]);
                if (i % 7 == 0)
                {
                    (i % 2 == 0 ? b : a).Append([LogFolder.Frame(LogFolder.Landings(15, "radar", 10 * i, 10 * i))]);
                }
                if (i % 5 == 0)
                {
                    a.Append([LogFolder.Frame(LogFolder.Landings(1, delay: -1))]);
                }
                folder.Time.Advance(TimeSpan.FromMilliseconds(100));
                other.Time.Advance(TimeSpan.FromMilliseconds(100));
            }
        }

        var applied = LogReader.Applied([folder.Path, other.Path]).SelectMany(f => f.Positions.Select(i => f.Rows.Row(i)[2].Number));

        Assert.Equal([.. Enumerable.Repeat(-1.0, 20), .. Enumerable.Range(0, 1_000).Select(i => (double)i)], applied.Order());
    }

    [Fact]
    public void A_producer_of_which_nothing_counted_for_90_days_begins_anew_as_in_Redis()
    {
        using (var log = folder.Open())
        {
            log.Append([LogFolder.Frame(LogFolder.Landings(2, "radar", 0))]);
            folder.Time.Advance(LoggedIngest.OnlineRetention);
            log.Append([LogFolder.Frame(LogFolder.Landings(2, "radar", 0))]); // a repetition
            folder.Time.Advance(TimeSpan.FromSeconds(1));
            log.Append([LogFolder.Frame(LogFolder.Landings(2, "radar", 0))]); // counts
        }
        Assert.Equal([0, 4], LogReader.Applied([folder.Path]).Select(f => f.Rows.Sequence));
    }

    /// <summary>Appends 10 rows at a time until the segment has no room for more.</summary>
    /// <returns>The file of the next one.</returns>
    private string FillSegment(FeatureLog log)
    {
        var frame = LogFolder.Frame(LogFolder.Landings(10));
        while (new FileInfo(folder.Segments[0]).Length + frame.Frame.Length <= 4_096)
        {
            log.Append([LogFolder.Frame(LogFolder.Landings(10))]);
        }
        return Path.Combine(folder.Path, LogSegment.NameOf(log.NextSequence));
    }
}
