using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Segments;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.Gateway.Audit.Verification;
using MlAspire.Gateway.Predictions;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

/// <summary>Someone who can write the log's folder, CRCs included, and has not its key, edits seals; and seals of before they were signed.</summary>
public sealed class SealTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("audit-seals-");
    private readonly RecordedLogs lines = new();

    public void Dispose()
    {
        lines.Dispose();
        folder.Delete(recursive: true);
    }

    public static TheoryData<string> Edits => ["a mark", "a key", "an order", "a signature of another key", "a signature of another log", "a signature cut off"];

    [Theory]
    [MemberData(nameof(Edits))]
    public async Task A_log_whose_seal_was_edited_does_not_open_and_is_not_proven(string edit)
    {
        var segment = await WriteAsync();
        Assert.Equal(ExitCode.Done, Verify().Code);

        Edit(segment, edit);

        Assert.Contains("is damaged, or was not signed by the log", Assert.Throws<InvalidDataException>(() => Open()).Message, StringComparison.Ordinal);
        var (code, text) = Verify();
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("is damaged, or was not signed by the log", text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Edits))]
    public async Task An_edited_seal_of_a_removed_segment_proves_nothing_also_when_it_passes_for_one_of_before_seals_were_signed(string edit)
    {
        var segment = await WriteAsync();
        await RemoveAsync(segment, unsigned: false);
        Assert.Equal(ExitCode.Done, Verify().Code);
        Edit(segment, edit);
        Assert.Throws<InvalidDataException>(() => Open());
        Assert.Equal(ExitCode.Failed, Verify("--prediction", "p1").Code);

        Strip(segment);

        Assert.Contains("no record of the log says that it was removed", Assert.Throws<InvalidDataException>(() => Open()).Message, StringComparison.Ordinal);
        Assert.Contains("no record under a checkpoint says that the log removed them", Verify().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_segment_whose_seal_is_of_before_seals_were_signed_is_read_instead_whatever_its_seal_says()
    {
        var segment = await WriteAsync();
        Strip(segment);
        Assert.Equal(ExitCode.Done, Verify().Code);
        Edit(segment, "a mark");
        Edit(segment, "a key");

        using (var log = Open())
        {
            Assert.Null(log.EndedSegments[0].Seal); // so that it is made again
            Assert.Equal([1L], log.Find("p1"));
            Assert.Contains(log.Events, record => Encoding.UTF8.GetString(record).Contains("route_changed", StringComparison.Ordinal));
            Assert.Contains("does not say what the records of its segment are", Verify().Text, StringComparison.Ordinal);
            Seal.Make(log.EndedSegments[0], log.SealSignature);
        }

        Assert.Equal(ExitCode.Done, Verify().Code);
        Assert.Empty(lines.Named("audit_seals_unsigned"));
    }

    [Fact]
    public async Task A_removed_segment_with_a_seal_of_before_seals_were_signed_is_accepted_and_said_to_have_one()
    {
        var segment = await WriteAsync();
        await RemoveAsync(segment, unsigned: true);

        Open().Dispose();

        Assert.Single(lines.Named("audit_seals_unsigned"));
        var (code, text) = Verify();
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("its seal is of before these were signed", text, StringComparison.Ordinal);
        (code, text) = Verify("--prediction", "p1");
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("that there was one is not proven", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prediction_whose_key_leads_to_another_ones_record_is_not_answered_with_that()
    {
        var segment = await WriteAsync();
        using (var key = CheckpointKey.ReadOrMake(PathOf("checkpoint.key")))
        {
            var (summary, entries) = Seal.Open(segment, new(key, "mlaspire/gateway"));
            using var content = new SealEntries();
            List<byte[]> texts = [.. entries.Select((entry, place) => content.Add(place == 1 ? entry with { Id = entries[2].Id } : place == 2 ? entry with { Id = entries[1].Id } : entry))];
            var text = JsonSerializer.SerializeToUtf8Bytes(summary with { Entries = content.Hash }, SegmentJson.Default.SealSummary);
            Write(segment, [.. texts, text, new SealSignature(key, "mlaspire/gateway").Of(text)]);
        }

        using var log = Open();
        using var keys = new SubjectKeys(log, Settings, TimeProvider.System);

        Assert.Equal([2L], log.Find("p1"));
        Assert.Throws<InvalidDataException>(() => RecordedPrediction.Find(log, keys, "p1", null));
        Assert.Throws<InvalidDataException>(() => RecordedPrediction.Prove(log, keys, "p1", null));
        Assert.Equal(3, RecordedPrediction.Prove(log, keys, "p3", null).Index);
    }

    /// <summary>Two segments, the first is sealed and under a checkpoint: p0, p1, p2, p3 and a change.</summary>
    private async Task<Segment> WriteAsync()
    {
        using var log = Open();
        foreach (var record in (string[])[Prediction(0), Prediction(1), Prediction(2), Prediction(3), """{"schema":1,"event":"route_changed","model":"m"}""", Prediction(4, 5_000), Prediction(5)])
        {
            await log.AppendAsync([Encoding.UTF8.GetBytes(record)], TestContext.Current.CancellationToken);
        }

        CheckpointFile.Write(folder.FullName, CheckpointFile.Sign(log));
        Seal.Make(Assert.Single(log.EndedSegments), log.SealSignature);
        return log.EndedSegments[0];
    }

    private async Task RemoveAsync(Segment segment, bool unsigned)
    {
        if (unsigned)
        {
            Strip(segment);
        }

        using (var log = Open())
        {
            var summary = Seal.Open(segment, log.SealSignature).Summary;
            await log.AppendAsync([SegmentRemoved.Record(summary, Start)], TestContext.Current.CancellationToken);
            CheckpointFile.Write(folder.FullName, CheckpointFile.Sign(log));
        }

        File.Delete(segment.LogPath);
    }

    private static void Edit(Segment segment, string edit)
    {
        var texts = Texts(segment);
        switch (edit)
        {
            case "a mark":
                texts[4] = $"{texts[4][..texts[4].IndexOf(" e{", StringComparison.Ordinal)]} -";
                break;
            case "a key":
                texts[1] = texts[1][..^1] + (texts[1][^1] == '0' ? '1' : '0');
                break;
            case "an order": // of the keys: the hashes stay where they are
                (texts[1], texts[2]) = ($"{texts[1].Split(" p")[0]} p{texts[2].Split(" p")[1]}", $"{texts[2].Split(" p")[0]} p{texts[1].Split(" p")[1]}");
                break;
            case "a signature cut off":
                texts.RemoveAt(texts.Count - 1);
                break;
            default:
                using (var key = CheckpointKey.ReadOrMake(Path.Combine(Path.GetDirectoryName(segment.SealPath)!, edit.EndsWith("key", StringComparison.Ordinal) ? "other.key" : "checkpoint.key")))
                {
                    texts[^1] = Encoding.UTF8.GetString(new SealSignature(key, edit.EndsWith("key", StringComparison.Ordinal) ? "mlaspire/gateway" : "other/gateway").Of(Encoding.UTF8.GetBytes(texts[^2])));
                }

                break;
        }

        Write(segment, texts.Select(Encoding.UTF8.GetBytes));
    }

    /// <summary>Makes a seal one of before seals were signed.</summary>
    private static void Strip(Segment segment)
    {
        var texts = Texts(segment).Where(text => !SealSignature.Is(Encoding.UTF8.GetBytes(text))).ToList();
        var summary = JsonSerializer.Deserialize(texts[^1], SegmentJson.Default.SealSummary)!;
        var old = JsonSerializer.Serialize(summary with { Entries = null }, SegmentJson.Default.SealSummary).Replace(",\"entries\":null", "", StringComparison.Ordinal);
        Assert.DoesNotContain("entries", old, StringComparison.Ordinal);
        Write(segment, [.. texts[..^1].Select(Encoding.UTF8.GetBytes), Encoding.UTF8.GetBytes(old)]);
    }

    private static List<string> Texts(Segment segment) => [.. File.ReadAllLines(segment.SealPath).Select(line => line[9..])];

    private static void Write(Segment segment, IEnumerable<byte[]> texts)
    {
        using var file = File.Create(segment.SealPath);
        foreach (var text in texts)
        {
            AuditLine.Write(file, text);
        }
    }

    private static string Prediction(int i, int bytes = 1) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"schema":1,"event":"prediction_audit","timestamp":"2001-03-01T00:00:00Z","prediction_id":"p{{i}}","x":"{{new string('x', bytes)}}"}""");

    private (int Code, string Text) Verify(params string[] more)
    {
        var output = new StringWriter();
        var code = new AuditCommand(TextReader.Null, output, TextWriter.Null).Run(["verify", folder.FullName, "--key", PathOf("checkpoint.pub"), .. more]);
        return (code, output.ToString());
    }

    private IOptions<AuditOptions> Settings => Options.Create(new AuditOptions { Directory = folder.FullName, SegmentBytes = 4_096 });

    private AuditLog Open()
    {
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(lines));
        return new(Settings, loggers.CreateLogger<AuditLog>(), TimeProvider.System);
    }

    private string PathOf(string name) => Path.Combine(folder.FullName, name);
}
