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
    private const int Change = 5; // the record that is of the gateway's state
    private const string Origin = "mlaspire/gateway";
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
    public async Task Every_edit_of_a_seal_is_found_and_none_changes_what_the_gateway_finds()
    {
        var (key, note) = await WriteAsync();
        using var trusted = key;
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, CheckpointFile.Name), note);
        string[] records = [.. (await File.ReadAllLinesAsync(LogPath)).Select(line => line[9..])];
        var segment = new Gateway.Audit.Segments.Segment(folder.FullName, 0);
        var others = SealsOf([.. records.Select(record => record.Replace("\"p", "\"q", StringComparison.Ordinal))], Origin).Concat(SealsOf(records, "other/gateway")).ToArray();
        var original = SealsOf(records, Origin).First();
        var seed = Number("AUDIT_SEED", 20_011);
        var random = new Random(seed);
        for (var i = 0; i < Number("AUDIT_SEAL_MUTATIONS", 300); i++)
        {
            var (lines, what) = EditSeal([.. original], others, random);
            Write(segment.SealPath, lines);

            var proven = Proves(note, trusted);

            Assert.True(proven == lines.SequenceEqual(original), $"seed {seed}, mutation {i} ({what}): {(proven ? "not found" : "a false alarm")}");
            Assert.True(FindsWhatWasWritten(), $"seed {seed}, mutation {i} ({what}): the gateway finds something else");
        }
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

    private static (List<string> Lines, string What) EditSeal(List<string> lines, string[][] others, Random random)
    {
        var (at, other) = (random.Next(Segment), random.Next(Segment));
        switch (random.Next(7))
        {
            case 0:
                lines[at] = $"{string.Join(' ', lines[at].Split(' ')[..2])} -";
                return (lines, $"mark of {at}");
            case 1 when at != Change:
                lines[at] = lines[at][..^1] + (lines[at][^1] == '0' ? '1' : '0');
                return (lines, $"key of {at}");
            case 2:
                (lines[at], lines[other]) = (lines[other], lines[at]);
                return (lines, $"order of {at} and {other}");
            case 3:
                lines.RemoveAt(random.Next(lines.Count));
                return (lines, "a line less");
            case 4:
                var (line, text) = (random.Next(lines.Count), random.Next(40));
                lines[line] = lines[line][..text] + (lines[line][text] == 'x' ? 'y' : 'x') + lines[line][(text + 1)..];
                return (lines, $"letter {text} of line {line}");
            case 5:
                return ([.. others[random.Next(others.Length)]], "of another log");
            default: // passes for one of before seals were signed
                lines[at] = $"{string.Join(' ', lines[at].Split(' ')[..2])} {(at == Change ? "-" : "p00000000000000000000000000000000")}";
                return ([.. lines[..^2], lines[^2][..lines[^2].IndexOf(",\"entries\"", StringComparison.Ordinal)] + "}"], $"{at}, unsigned");
        }
    }

    /// <summary>The seals, as texts, that a log of this name makes of records, by the log's key; its files are there when this is done.</summary>
    private IEnumerable<string[]> SealsOf(string[] records, string origin)
    {
        Write([.. records], asGroups: false);
        using var key = CheckpointKey.ReadOrMake(Path.Combine(folder.FullName, "checkpoint.key"));
        var segment = new Gateway.Audit.Segments.Segment(folder.FullName, 0);
        Seal.Make(segment, new(key, origin));
        yield return [.. File.ReadAllLines(segment.SealPath).Select(line => line[9..])];
    }

    /// <summary>Whether the log opens and finds every prediction and change, or does not open.</summary>
    private bool FindsWhatWasWritten()
    {
        try
        {
            using var log = Open();
            return log.Events.Count == 1 && Enumerable.Range(0, Records).Where(i => i != Change).All(i => log.Find(string.Create(CultureInfo.InvariantCulture, $"p{i}")) is [var found] && found == i);
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }

    private static void Write(string path, IEnumerable<string> texts)
    {
        using var file = File.Create(path);
        foreach (var text in texts)
        {
            AuditLine.Write(file, Encoding.UTF8.GetBytes(text));
        }
    }

    private AuditLog Open() => new(Options.Create(new AuditOptions { Directory = folder.FullName }), NullLogger<AuditLog>.Instance, TimeProvider.System);

    private bool Proves(string note, CheckpointKey key)
    {
        try
        {
            return AuditVerifier.Verify(folder.FullName, [new("kept", Checkpoint.Open(note, key), false)], key, null).Problems.Count == 0;
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
            using var key = CheckpointKey.ReadOrMake(Path.Combine(folder.FullName, "checkpoint.key")); // as the gateway had made it
            Seal.Make(segment, new(key, Origin));
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
        using var log = Open();
        await AppendAsync(log, 0, Witnessed);
        var note = log.Checkpoint().Sign(log.Key);
        await AppendAsync(log, Witnessed, Records);
        return (CheckpointKey.FromPem(log.Key.PublicPem), note);
    }

    private static Task<AuditPosition> AppendAsync(AuditLog log, int from, int to) => log.AppendAsync(
        [.. Enumerable.Range(from, to - from).Select(i => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"schema":1,"event":"{{(i == Change ? "route_changed" : "prediction_audit")}}","prediction_id":"p{{i}}","probability":0.{{i}}}""")))],
        TestContext.Current.CancellationToken);

    private static int Number(string variable, int standard) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : standard;
}
