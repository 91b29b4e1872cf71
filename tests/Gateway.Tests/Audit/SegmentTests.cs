using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Segments;
using MlAspire.Gateway.Tests.Hosting;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class SegmentTests : IDisposable
{
    private const int SmallestSegment = 4_096;

    private static readonly DateTimeOffset Start = new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("audit-segments-");
    private readonly ManualTimeProvider time = new(Start);

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_segment_ends_with_the_record_that_makes_it_large_enough_and_the_next_one_says_where_it_begins()
    {
        using var log = Open();

        await AppendAsync(log, Record(0, SmallestSegment - 11));
        await AppendAsync(log, Record(1, 1)); // the first line is one byte short of the limit: this one still fits
        await AppendAsync(log, Record(2, 1));

        Assert.Equal(["audit-000000000000.log", "audit-000000000002.log"], Files());
        Assert.Equal([0L], log.EndedSegments.Select(segment => segment.First));
        Assert.Equal(Enumerable.Range(0, 3).Select(i => i.ToString(CultureInfo.InvariantCulture)), WrittenAudit.Records(folder.FullName).Select(record => record[..1]));
    }

    [Fact]
    public async Task A_segment_ends_when_its_first_record_is_old_enough_also_after_a_restart()
    {
        using (var log = Open())
        {
            await AppendAsync(log, Json(0));
            time.Advance(TimeSpan.FromHours(23));
        }

        using var again = Open();
        await AppendAsync(again, Json(1));
        time.Advance(TimeSpan.FromHours(1));
        await AppendAsync(again, Json(2));

        Assert.Equal(["audit-000000000000.log", "audit-000000000002.log"], Files());
    }

    [Fact]
    public async Task Roots_and_proofs_of_every_size_are_the_same_with_records_with_seals_and_with_removed_segments()
    {
        byte[][] records = [.. Enumerable.Range(0, 40).Select(i => Json(i, 1_000))];
        var tree = new MerkleTree();
        Array.ForEach(records, record => tree.Append(MerkleHash.OfLeaf(record)));
        using (var log = Open())
        {
            foreach (var record in records)
            {
                await AppendAsync(log, record);
            }

            Assert.InRange(log.EndedSegments.Count, 5, 20);
            Same(log, tree, records, removed: 0);
        }

        foreach (var segment in Segment.In(folder.FullName).SkipLast(1))
        {
            Seal.Make(segment, Signature());
        }

        using (var sealedLog = Open())
        {
            Assert.All(sealedLog.EndedSegments, segment => Assert.NotNull(segment.Seal));
            Same(sealedLog, tree, records, removed: 0);
            var first = sealedLog.EndedSegments[0];
            tree.Append(MerkleHash.OfLeaf(SegmentRemoved.Record(first.Seal!, Start)));
            await AppendAsync(sealedLog, SegmentRemoved.Record(first.Seal!, Start));
        }

        var removed = Segment.In(folder.FullName)[0];
        File.Delete(removed.LogPath);
        using var rest = Open();
        Same(rest, tree, records, removed: (int)rest.EndedSegments[0].Seal!.Records);
    }

    [Fact]
    public async Task Only_the_newest_segment_may_end_with_a_torn_record()
    {
        using (var log = Open())
        {
            await FillAsync(log, segments: 2);
        }

        var segments = Segment.In(folder.FullName);
        await File.AppendAllTextAsync(segments[^1].LogPath, "e3069283 {\"pre");
        Open().Dispose();
        await File.AppendAllTextAsync(segments[0].LogPath, "e3069283 {\"pre");

        Assert.Contains("torn record, and the log goes on behind it", Assert.Throws<InvalidDataException>(Open).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("segment without statement", "no record of the log says that it was removed")]
    [InlineData("segment and seal", "has no segment with the records from 0 to")]
    [InlineData("seal cut", "is damaged")]
    [InlineData("segment longer", "not as long as it was when it was sealed")]
    public async Task A_log_of_which_a_sealed_segment_is_missing_or_another_one_does_not_open(string attack, string says)
    {
        using (var log = Open())
        {
            await FillAsync(log, segments: 2);
        }

        var segment = Segment.In(folder.FullName)[0];
        Seal.Make(segment, Signature());
        switch (attack)
        {
            case "segment without statement":
                File.Delete(segment.LogPath);
                break;
            case "segment and seal":
                File.Delete(segment.LogPath);
                File.Delete(segment.SealPath);
                break;
            case "seal cut":
                var lines = await File.ReadAllLinesAsync(segment.SealPath);
                await File.WriteAllTextAsync(segment.SealPath, string.Concat(lines[..^1].Select(line => $"{line}\n")));
                break;
            default:
                await File.AppendAllTextAsync(segment.LogPath, "x");
                break;
        }

        Assert.Contains(says, Assert.Throws<InvalidDataException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_of_a_sealed_segment_that_was_changed_is_not_read_though_its_CRC_is_right()
    {
        using (var log = Open())
        {
            await FillAsync(log, segments: 2);
        }

        var segment = Segment.In(folder.FullName)[0];
        Seal.Make(segment, Signature());
        var records = WrittenAudit.Records(folder.FullName)[..(int)Segment.In(folder.FullName)[1].First];
        using (var file = File.Create(segment.LogPath))
        {
            foreach (var record in records)
            {
                AuditLine.Write(file, Encoding.UTF8.GetBytes(record.Replace("\"x\":\"1", "\"x\":\"2", StringComparison.Ordinal)));
            }
        }

        using var again = Open();

        Assert.Contains("Record 1 of the audit log is not what was written", Assert.Throws<InvalidDataException>(() => again.Read(1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_seal_says_of_a_record_reads_back()
    {
        SegmentEntry[] entries =
        [
            SegmentEntry.Of("{\"schema\":1,\"event\":\"prediction_audit\",\"prediction_id\":\"p\"}"u8), SegmentEntry.Of("any line"u8), SegmentEntry.Of("{\"schema\":1,\"event\":\"prediction_audit\"}"u8),
            SegmentEntry.Of("{\"schema\":1,\"event\":\"alert_fired\",\"actor\":\"a\",\"idempotency_key\":\"k\"}"u8), SegmentEntry.Of("{\"schema\":1,\"event\":\"labels_written\",\"actor\":\"a\",\"idempotency_key\":\"k\"}"u8),
        ];

        var again = entries.Select(entry => SegmentEntry.Parse(entry.ToText())).ToArray();

        Assert.Equal([('p', false), ('-', true), ('-', false), ('p', true), ('p', false)], again.Select(entry => (entry.Id is null ? '-' : 'p', entry.Event is not null)));
        Assert.All(entries.Zip(again), pair => Assert.Equal(
            (Convert.ToHexString(pair.First.Leaf), pair.First.LineBytes, pair.First.Id), (Convert.ToHexString(pair.Second.Leaf), pair.Second.LineBytes, pair.Second.Id)));
        Assert.Equal("any line", Encoding.UTF8.GetString(again[1].Event!));
        Assert.All(["", "x", "AAAA 5 -", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= 5 eforged", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= 5 q"], text =>
            Assert.Throws<InvalidDataException>(() => SegmentEntry.Parse(Encoding.UTF8.GetBytes(text))));
    }

    private static void Same(AuditLog log, MerkleTree tree, byte[][] records, int removed)
    {
        Assert.Equal(tree.Size, log.Count);
        for (var size = 1; size <= tree.Size; size++)
        {
            Assert.Equal(tree.Root(size), log.RootAt(size));
            Assert.Equal(tree.ConsistencyProof(size, tree.Size), log.Consistency(size, tree.Size));
            Assert.Equal(tree.InclusionProof(size - 1, tree.Size), log.Inclusion(size - 1, tree.Size));
        }

        Assert.Equal([.. Enumerable.Repeat((byte[]?)null, removed), .. records[removed..]], Enumerable.Range(0, records.Length).Select(i => log.Read(i)));
        Assert.Equal([records.Length - 1L], log.Find($"p{records.Length - 1}"));
    }

    private async Task FillAsync(AuditLog log, int segments)
    {
        for (var i = 0; Segment.In(folder.FullName).Count < segments; i++)
        {
            await AppendAsync(log, Json(i, 1_000));
        }
    }

    private byte[] Json(int i, int bytes = 10) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $$"""{"schema":1,"event":"prediction_audit","timestamp":"{{time.GetUtcNow():O}}","prediction_id":"p{{i}}","x":"{{new string((char)('0' + (i % 10)), bytes)}}"}"""));

    private static byte[] Record(int i, int bytes) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{i}").PadRight(bytes, 'x'));

    private static Task<AuditPosition> AppendAsync(AuditLog log, byte[] record) => log.AppendAsync([record], TestContext.Current.CancellationToken);

    private string[] Files() => [.. folder.EnumerateFiles("audit-*.log").Select(file => file.Name).Order()];

    private SealSignature Signature() => new(CheckpointKey.ReadOrMake(Path.Combine(folder.FullName, "checkpoint.key")), "mlaspire/gateway");

    private AuditLog Open() => new(Options.Create(new AuditOptions { Directory = folder.FullName, SegmentBytes = SmallestSegment }), NullLogger<AuditLog>.Instance, time);
}
