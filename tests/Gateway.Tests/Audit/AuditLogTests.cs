using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Segments;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class AuditLogTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("audit-");

    private string LogPath => WrittenAudit.FirstSegment(folder.FullName);

    public void Dispose() => folder.Delete(recursive: true);

    // CRC-32C of "123456789" is e3069283: the check value of the polynomial's definition (RFC 3720, appendix B.4 uses the same one).
    [Fact]
    public void A_line_is_the_CRC_and_the_record()
    {
        using var line = new MemoryStream();
        AuditLine.Write(line, "123456789"u8);

        Assert.Equal("e3069283 123456789\n", Encoding.ASCII.GetString(line.ToArray()));
        Assert.True(AuditLine.TryRead("e3069283 123456789"u8, out var record, out _, out _));
        Assert.Equal("123456789", Encoding.ASCII.GetString(record));
        Assert.False(AuditLine.TryRead("e3069283 123456780"u8, out _, out _, out _));
        Assert.False(AuditLine.TryRead("e3069283"u8, out _, out _, out _));
        Assert.False(AuditLine.TryRead(""u8, out _, out _, out _));
    }

    [Fact]
    public async Task Indices_and_root_go_on_after_a_restart()
    {
        using (var log = Open())
        {
            Assert.Equal(new(0, 2), await AppendAsync(log, "a", "b"));
            Assert.Equal(new(2, 3), await AppendAsync(log, "c"));
        }

        using var again = Open();

        Assert.Equal(new(3, 4), await AppendAsync(again, "d"));
        Assert.Equal(["a", "b", "c", "d"], Records());
        Assert.Equal(TreeOf("a", "b", "c", "d").Root(), again.Checkpoint().Root);
    }

    [Theory]
    [InlineData("e3069283 12345")]
    [InlineData("e3069283 123456780\n")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0")]
    [InlineData("garbage\nmore garbage\n")]
    public async Task A_torn_tail_is_cut_off_at_the_start(string tail)
    {
        using (var log = Open())
        {
            await AppendAsync(log, "a", "b");
        }

        await File.AppendAllTextAsync(LogPath, tail);
        using var again = Open();

        Assert.Equal(new(2, 3), await AppendAsync(again, "c"));
        Assert.Equal(["a", "b", "c"], Records());
    }

    [Fact]
    public async Task Damage_before_whole_records_is_no_torn_tail_and_the_log_does_not_open()
    {
        using (var log = Open())
        {
            await AppendAsync(log, "first");
            await AppendAsync(log, "second");
            await AppendAsync(log, "third");
        }

        await File.WriteAllTextAsync(LogPath, (await File.ReadAllTextAsync(LogPath)).Replace("second", "sec0nd", StringComparison.Ordinal));

        Assert.Contains("Record 1", Assert.Throws<InvalidDataException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_lost_or_changed_records_behind_its_checkpoint_does_not_open()
    {
        using (var log = Open())
        {
            await AppendAsync(log, "a", "b", "c");
            CheckpointFile.Write(folder.FullName, CheckpointFile.Sign(log));
            await AppendAsync(log, "d");
        }

        var lines = await File.ReadAllLinesAsync(LogPath);
        await WriteLinesAsync(lines[..2]);
        Assert.Contains("lost or changed", Assert.Throws<InvalidDataException>(Open).Message, StringComparison.Ordinal);
        await WriteLinesAsync([lines[1], lines[0], lines[2], lines[3]]);
        Assert.Contains("lost or changed", Assert.Throws<InvalidDataException>(Open).Message, StringComparison.Ordinal);
        await WriteLinesAsync(lines[..3]);
        Open().Dispose(); // "d" came after the checkpoint: its loss is the stated exposure
        var note = Path.Combine(folder.FullName, CheckpointFile.Name);
        await File.WriteAllTextAsync(note, (await File.ReadAllTextAsync(note)).Replace("\n3\n", "\n2\n", StringComparison.Ordinal));
        Assert.Contains("cannot be trusted", Assert.Throws<InvalidDataException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parallel_writers_get_distinct_indices_whole_neighbouring_records_and_a_proof_each()
    {
        using var log = Open();

        var positions = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Task.Run(() => AppendAsync(log, $"{i}.0", $"{i}.1"))));

        var records = Records();
        Assert.Equal(600, records.Length);
        Assert.Equal(Enumerable.Range(0, 300).SelectMany(i => (string[])[$"{i}.0", $"{i}.1"]), positions.SelectMany(at => (string[])[records[at.Index], records[at.Index + 1]]));
        var checkpoint = log.Checkpoint();
        Assert.Equal(TreeOf(records).Root(), checkpoint.Root);
        Assert.All(positions, at =>
        {
            Assert.InRange(at.TreeSize, at.Index + 2, 600);
            var (record, proof) = (log.Read(at.Index)!, log.Inclusion(at.Index, checkpoint.Size)!);
            Assert.Equal(records[at.Index], Encoding.UTF8.GetString(record));
            Assert.True(MerkleProof.Includes(MerkleHash.OfLeaf(record), at.Index, checkpoint.Size, proof, checkpoint.Root));
        });
    }

    [Fact]
    public async Task A_record_that_was_changed_on_disk_is_not_read_and_counted()
    {
        using var log = Open();
        await AppendAsync(log, "abc", "def");
        await using (var file = new FileStream(LogPath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = 10; // the "b" behind eight digits of CRC and a mark
            file.WriteByte((byte)'B');
        }

        Assert.Throws<InvalidDataException>(() => log.Read(0));
        Assert.Equal("def"u8.ToArray(), log.Read(1));
        Assert.Equal(1, log.VerifyFailures);
    }

    [Fact]
    public async Task Events_that_are_no_predictions_are_there_at_the_next_start()
    {
        using (var log = Open())
        {
            await AppendAsync(log, """{"schema":1,"event":"prediction_audit","x":1}""", """{"schema":1,"event":"route_changed"}""", """{"schema":1,"event":"prediction_audit"}""");
        }

        using var again = Open();

        Assert.Equal(["""{"schema":1,"event":"route_changed"}"""], again.Events.Select(Encoding.UTF8.GetString));
    }

    [Fact]
    public void A_second_writer_on_the_same_folder_does_not_start()
    {
        using var log = Open();

        Assert.Throws<IOException>(Open);
    }

    [Fact]
    public async Task When_the_committer_dies_appends_fail_with_the_reason_instead_of_waiting()
    {
        var time = new DyingClock();
        using var log = Open(time);
        await AppendAsync(log, "a");
        time.IsDead = true;

        await Assert.ThrowsAsync<IOException>(() => AppendAsync(log, "b").WithinAsync("an answer"));
        var refusal = await Assert.ThrowsAsync<IOException>(() => AppendAsync(log, "c").WithinAsync("an answer"));

        Assert.Equal("The audit log's committer has ended: the clock is broken", refusal.Message);
        Assert.Equal(refusal.Message, log.Failure);
    }

    [Fact]
    public async Task After_a_failed_fsync_what_may_not_be_on_disk_is_cut_off_and_the_next_record_begins_a_segment()
    {
        var time = new FailingFsync();
        using var log = Open(time);
        await AppendAsync(log, "a");
        time.Fail(LogPath);

        var failure = await Assert.ThrowsAsync<IOException>(() => AppendAsync(log, "b", "c"));
        Assert.Equal(new(1, 2), await AppendAsync(log, "d"));

        Assert.Contains("Input/output error", failure.Message, StringComparison.Ordinal);
        Assert.Null(log.Failure);
        Assert.Equal(["a", "d"], Records());
        Assert.Equal([0L, 1], Segment.In(folder.FullName).Select(segment => segment.First));
    }

    [Fact]
    public async Task Records_that_wait_together_are_written_together_only_up_to_a_bound_of_bytes()
    {
        using var log = Open(TimeProvider.System, segmentBytes: 4_096);

        await Task.WhenAll(Enumerable.Range(0, 24).Select(i => Task.Run(() => AppendAsync(log, new string((char)('a' + i), 1 << 20)))));

        // With segments as small each group has its own: the records that fill it up, each a little over 1 MiB.
        Assert.All(folder.EnumerateFiles("audit-*.log"), file => Assert.InRange(file.Length, 0, AuditLog.LargestGroupBytes + (1 << 20)));
    }

    [Fact]
    public async Task A_cancelled_writer_writes_nothing()
    {
        using var log = Open();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => log.AppendAsync(["a"u8.ToArray()], cancelled.Token));

        Assert.Equal(0, log.Count);
        Assert.Empty(Records());
    }

    [Fact]
    public void A_checkpoint_opens_only_with_the_key_that_signed_it_and_only_unchanged()
    {
        using var log = Open();
        using var other = CheckpointKey.ReadOrMake(Path.Combine(folder.FullName, "other.key"));
        using var publicOnly = CheckpointKey.FromPem(log.Key.PublicPem);
        var note = log.Checkpoint().Sign(log.Key);

        Assert.Equal(("mlaspire/gateway", 0L), (Checkpoint.Open(note, publicOnly).Origin, Checkpoint.Open(note, publicOnly).Size));
        Assert.Equal(MerkleHash.OfNothing, Checkpoint.Open(note, publicOnly).Root);
        Assert.Throws<FormatException>(() => Checkpoint.Open(note, other));
        Assert.Throws<FormatException>(() => Checkpoint.Open(note.Replace("\n0\n", "\n1\n", StringComparison.Ordinal), publicOnly));
        Assert.Throws<FormatException>(() => Checkpoint.Open("hello", publicOnly));
    }

    private static Task<AuditPosition> AppendAsync(AuditLog log, params string[] records) =>
        log.AppendAsync([.. records.Select(Encoding.UTF8.GetBytes)], CancellationToken.None);

    private static MerkleTree TreeOf(params string[] records)
    {
        var tree = new MerkleTree();
        Array.ForEach(records, record => tree.Append(MerkleHash.OfLeaf(Encoding.UTF8.GetBytes(record))));
        return tree;
    }

    private AuditLog Open() => Open(TimeProvider.System);

    private AuditLog Open(TimeProvider time, long segmentBytes = 64 << 20) =>
        new(Options.Create(new AuditOptions { Directory = folder.FullName, SegmentBytes = segmentBytes }), NullLogger<AuditLog>.Instance, time);

    private Task WriteLinesAsync(IEnumerable<string> lines) => File.WriteAllTextAsync(LogPath, string.Concat(lines.Select(line => $"{line}\n")));

    private string[] Records() => WrittenAudit.Records(folder.FullName);

    private sealed class DyingClock : TimeProvider
    {
        public bool IsDead { get; set; }

        public override long GetTimestamp() => IsDead ? throw new InvalidOperationException("the clock is broken") : base.GetTimestamp();
    }
}
