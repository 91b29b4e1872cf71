using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.Benchmarks.Load;
using MlAspire.Benchmarks.Report;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Subjects;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Benchmarks;

/// <summary>What the audit log commits: writers that each wait for their record to be on disk, against a loop that only appends as many bytes and forces them to disk.</summary>
/// <param name="output">Directory of what the run writes; its disk is measured.</param>
/// <param name="rounds">Of every interleaved measurement; the median counts.</param>
internal sealed class AuditBench(string output, int rounds)
{
    private const int Writers = 64;
    private const int RecordBytes = 1_024;
    private const int Subjects = 10_000;
    private const double LeastRate = 30_000;
    private const double MostMilliseconds = 1.5;

    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(1);

    private static readonly string Filling = new('x', 900);
    private static readonly byte[] Payload = Record();

    private readonly BenchReport report = new();

    public async Task<bool> RunAsync()
    {
        var directory = Directory.CreateDirectory(Path.Combine(output, "audit"));
        using var log = new AuditLog(Options.Create(new AuditOptions { Directory = directory.FullName }), NullLogger<AuditLog>.Instance, TimeProvider.System);
        using var bare = new FileStream(Path.Combine(directory.FullName, "bare"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        using var keys = new SubjectKeys(log, Options.Create(new AuditOptions { Directory = directory.FullName }), TimeProvider.System);
        await CommitAsync(log, Writers, () => Payload);
        Compare(log, bare, Writers, "64 writers");
        Compare(log, bare, 1, "1 writer");
        CompareEncryption(log, keys);
        directory.Delete(recursive: true);
        report.Write(Console.Out, Path.Combine(output, "audit.json"));
        return report.Holds;
    }

    private void Compare(AuditLog log, FileStream bare, int writers, string what)
    {
        Console.Error.WriteLine($"audit: {what}, in turns with the bare loop");
        var measured = Rounds.Interleave(rounds, () => CommitAsync(log, writers, () => Payload).GetAwaiter().GetResult(), () => Append(bare, writers));
        report.Figures.Add(Rounds.Figure("audit, 1 KiB", "gateway", writers, measured[0]));
        report.Figures.Add(Rounds.Figure("append + fsync", "bare", writers, measured[1]));
        var (rate, milliseconds) = (report.Figures[^2].Rate, report.Figures[^2].P50Microseconds / 1_000);
        var ratio = Rounds.Median(measured[0].Zip(measured[1], (ours, theirs) => ours.Rate / theirs.Rate));
        Console.Error.WriteLine($"audit: {what}: {ratio:0.00} of the bare loop");
        if (writers == Writers && rate >= LeastRate && milliseconds <= MostMilliseconds)
        {
            report.Bars.Add(Bar.Least($"audit, {what}: records a second", rate, LeastRate));
            report.Bars.Add(Bar.Most($"audit, {what}: p50", milliseconds, MostMilliseconds, " ms"));
        }
        else
        {
            report.Bars.Add(Bar.Least($"audit, {what}: records a second / the bare loop's", ratio, 0.7)); // a slow disk is not the log's fault
        }
    }

    /// <summary>What it costs that a record's personal part is encrypted by its subject's key.</summary>
    private void CompareEncryption(AuditLog log, SubjectKeys keys)
    {
        Console.Error.WriteLine("audit: records in the clear and encrypted, in turns");
        keys.OfAsync([.. Enumerable.Range(0, Subjects).Select(subject => $"passenger:{subject}")]).GetAwaiter().GetResult(); // known before, as nearly all are
        var asked = 0;
        var measured = Rounds.Interleave(
            rounds,
            () => CommitAsync(log, Writers, () => PersonalRecord(key: null)).GetAwaiter().GetResult(),
            () => CommitAsync(log, Writers, () => PersonalRecord(keys.OfAsync([$"passenger:{Interlocked.Increment(ref asked) % Subjects}"]).GetAwaiter().GetResult()[0])).GetAwaiter().GetResult());
        report.Figures.Add(Rounds.Figure("audit, in the clear", "gateway", Writers, measured[0]));
        report.Figures.Add(Rounds.Figure("audit, encrypted", "gateway", Writers, measured[1]));
    }

    private static async Task<Measured> CommitAsync(AuditLog log, int writers, Func<byte[]> next)
    {
        var time = TimeProvider.System;
        var started = time.GetTimestamp();
        var tallies = await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
        {
            var tally = new Tally();
            while (time.GetElapsedTime(started) < Slice)
            {
                var begun = time.GetTimestamp();
                await log.AppendAsync([next()], CancellationToken.None);
                tally.Add(200, time.GetElapsedTime(begun));
            }

            return tally;
        })));
        return Measured.Of(tallies, time.GetElapsedTime(started));
    }

    /// <summary>As many records a write as there are writers: the largest group that they could form.</summary>
    private static Measured Append(FileStream file, int records)
    {
        var time = TimeProvider.System;
        var tally = new Tally();
        var group = new byte[records * RecordBytes];
        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < Slice)
        {
            var begun = time.GetTimestamp();
            file.Write(group);
            DiskFlush.File(file.SafeFileHandle);
            for (var i = 0; i < records; i++)
            {
                tally.Add(200, time.GetElapsedTime(begun));
            }
        }

        return Measured.Of([tally], time.GetElapsedTime(started));
    }

    private static byte[] PersonalRecord(SubjectKey? key)
    {
        using var buffer = new MemoryStream(2 * RecordBytes);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", AuditRecord.Schema);
            json.WriteString("event", RequestEvents.Answered);
            json.WriteString("prediction_id", "01a1fdd4-96dc-7bd0-87c6-829da7263851");
            if (key is null)
            {
                WriteInputs(json);
            }
            else
            {
                PersonalData.Write(json, key, WriteInputs);
            }

            json.WriteEndObject();
        }

        return buffer.ToArray();

        static void WriteInputs(Utf8JsonWriter json) => json.WriteString("inputs", Filling);
    }

    private static byte[] Record()
    {
        var start = """{"schema":1,"event":"prediction_audit","prediction_id":"01a1fdd4-96dc-7bd0-87c6-829da7263851","filling":""" + '"';
        return Encoding.UTF8.GetBytes(start + new string('x', RecordBytes - start.Length - 2) + "\"}");
    }
}
