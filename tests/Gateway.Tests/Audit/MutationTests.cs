using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Segments;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Verification;
using MlAspire.Gateway.Tests.Hosting;

namespace MlAspire.Gateway.Tests.Audit;

/// <summary>Random attacks on a log by someone who can write its files, CRCs included, but has no witness's key. <c>AUDIT_MUTATIONS</c> says how many (default 20,000), <c>AUDIT_SEED</c> from which seed.</summary>
public sealed class MutationTests : IDisposable
{
    private const int Records = 40;
    private const int Segment = 12; // records of a segment
    private const int Witnessed = 30; // what came after it is not covered: its loss is the stated exposure

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("audit-mutations-");

    private string LogPath => WrittenAudit.FirstSegment(folder.FullName);

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Every_mutation_of_what_was_witnessed_is_found_and_none_beyond_it_is_a_false_alarm()
    {
        var (key, note) = await WriteAsync();
        using var trusted = key;
        string[] records = [.. (await File.ReadAllLinesAsync(LogPath)).Select(line => line[9..])];
        var seed = Number("AUDIT_SEED", 20_011);
        var random = new Random(seed);
        var (found, harmless) = (0, 0);

        for (var i = 0; i < Number("AUDIT_MUTATIONS", 20_000); i++)
        {
            var (mutated, what) = Mutate([.. records], random);
            Write(mutated, asGroups: random.Next(2) == 0);
            if (random.Next(64) == 0)
            {
                (mutated, what) = Drop(mutated, random);
            }

            var proven = Proves(note, trusted);
            var touched = !mutated.Take(Witnessed).SequenceEqual(records.Take(Witnessed));
            Assert.True(proven != touched, $"seed {seed}, mutation {i} ({what}): {(touched ? "not found" : "a false alarm")}");
            (found, harmless) = touched ? (found + 1, harmless) : (found, harmless + 1);
        }

        Assert.True(found > harmless && harmless > 0, $"{found} found, {harmless} harmless");
    }

    [Fact]
    public async Task A_checkpoint_signed_by_another_key_or_changed_in_any_byte_is_never_trusted()
    {
        var (key, note) = await WriteAsync();
        using var trusted = key;
        var bytes = Encoding.UTF8.GetBytes(note);
        Assert.True(Proves(note, trusted));

        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.False(Proves(Encoding.UTF8.GetString(bytes), trusted), $"byte {i}");
            bytes[i] ^= 1;
        }

        using var swapped = CheckpointKey.ReadOrMake(Path.Combine(folder.FullName, "swapped.key"));
        Assert.False(Proves(Checkpoint.Parse(note).Sign(swapped), trusted));
    }

    private static (List<string> Records, string What) Mutate(List<string> records, Random random)
    {
        var at = random.Next(records.Count);
        switch (random.Next(6))
        {
            case 0:
                var text = new StringBuilder(records[at]);
                var place = random.Next(text.Length);
                text[place] = (char)(text[place] == 'x' ? 'y' : 'x');
                records[at] = text.ToString();
                return (records, $"edit {at}");
            case 1:
                records.RemoveAt(at);
                return (records, $"delete {at}");
            case 2:
                records.Insert(at, records[random.Next(records.Count)]);
                return (records, $"insert at {at}");
            case 3:
                var other = random.Next(records.Count);
                (records[at], records[other]) = (records[other], records[at]);
                return (records, $"swap {at} and {other}");
            case 4:
                return (records[..at], $"roll back to {at}");
            default:
                var from = random.Next(at + 1);
                records.Reverse(from, at - from + 1);
                return (records, $"reverse {from} to {at}");
        }
    }

    private bool Proves(string note, CheckpointKey key)
    {
        try
        {
            return AuditVerifier.Verify(folder.FullName, [new("kept", Checkpoint.Open(note, key), false)], null).Problems.Count == 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>Takes a covered segment away, with or without its seal.</summary>
    private (List<string> Records, string What) Drop(List<string> records, Random random)
    {
        var segment = new Gateway.Audit.Segments.Segment(folder.FullName, Segment * random.Next(2));
        if (!File.Exists(segment.LogPath))
        {
            return (records, "nothing");
        }

        var kept = random.Next(2) == 0;
        if (kept)
        {
            Seal.Make(segment);
        }

        File.Delete(segment.LogPath);
        return ([.. records[..(int)segment.First], .. records.Skip((int)segment.First + Segment)], $"segment {segment.First} {(kept ? "but its seal" : "")}");
    }

    private void Write(List<string> records, bool asGroups)
    {
        foreach (var other in Gateway.Audit.Segments.Segment.In(folder.FullName).Where(segment => segment.First >= records.Count || segment.First % Segment != 0 || segment.IsRemoved))
        {
            File.Delete(other.LogPath);
            File.Delete(other.SealPath);
        }

        for (var first = 0; first == 0 || first < records.Count; first += Segment)
        {
            using var lines = new MemoryStream();
            byte[][] own = [.. records[first..Math.Min(first + Segment, records.Count)].Select(Encoding.UTF8.GetBytes)];
            AuditLine.WriteGroup(lines, own[..(asGroups ? own.Length / 2 : 0)], 0);
            Array.ForEach(own[(asGroups ? own.Length / 2 : 0)..], record => AuditLine.Write(lines, record));
            using var file = File.Create(new Gateway.Audit.Segments.Segment(folder.FullName, first).LogPath);
            lines.WriteTo(file);
        }
    }

    private async Task<(CheckpointKey Key, string Note)> WriteAsync()
    {
        using var log = new AuditLog(Options.Create(new AuditOptions { Directory = folder.FullName }), NullLogger<AuditLog>.Instance, TimeProvider.System);
        await AppendAsync(log, 0, Witnessed);
        var note = log.Checkpoint().Sign(log.Key);
        await AppendAsync(log, Witnessed, Records);
        return (CheckpointKey.FromPem(log.Key.PublicPem), note);
    }

    private static Task<AuditPosition> AppendAsync(AuditLog log, int from, int to) => log.AppendAsync(
        [.. Enumerable.Range(from, to - from).Select(i => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"schema":1,"event":"prediction_audit","prediction_id":"p{{i}}","probability":0.{{i}}}""")))],
        TestContext.Current.CancellationToken);

    private static int Number(string variable, int standard) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : standard;
}
