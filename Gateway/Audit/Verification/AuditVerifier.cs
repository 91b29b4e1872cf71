using System.Text;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Segments;

namespace MlAspire.Gateway.Audit.Verification;

/// <summary>A checkpoint that was trusted before (its signature is good), where it was read, and whether the witness's signature was asked for and is good too.</summary>
internal sealed record TrustedCheckpoint(string Source, Checkpoint Checkpoint, bool Witnessed);

/// <summary>A prediction's record in the log.</summary>
/// <param name="Index">Its place.</param>
/// <param name="Record">Its JSON; null when it was removed.</param>
internal sealed record FoundRecord(long Index, string? Record)
{
    /// <summary>Whether it is known to be of that prediction: by itself, or by a seal that the log signed.</summary>
    public bool IsKnown { get; init; } = true;

    /// <summary>Whether the gateway could not read what belongs to its subject, which was not erased.</summary>
    public bool IsUnreadable { get; init; }
}

/// <summary>What reading a whole log showed.</summary>
/// <param name="Records">Whole records, and removed ones.</param>
/// <param name="Bytes">Of the records that are there.</param>
/// <param name="TornBytes">What follows the last whole record: a write that was under way, or that a crash ended.</param>
/// <param name="Removed">The segments whose records are gone while their hashes lead to the checkpoints, each with the index of the log's statement that it removed them.</param>
/// <param name="Problems">Why the log cannot be what the checkpoints say, one sentence each; empty when it is.</param>
/// <param name="Found">The records of the prediction that was looked for.</param>
internal sealed record AuditReport(
    long Records, long Bytes, long TornBytes, IReadOnlyList<(SealSummary Segment, long Statement)> Removed, IReadOnlyList<string> Problems, IReadOnlyList<FoundRecord> Found);

/// <summary>Reads a log that nobody is asked about: from its files alone, against checkpoints that were trusted before. Needs no gateway; one may be writing the log meanwhile.</summary>
/// <remarks>
/// Reads the records once, in the memory that one seal takes; a million take a few seconds. Of a segment without records its seal is read: the hashes in it must lead to the checkpoints as the records would,
/// and a checkpoint must cover the log's statement that it removed them. The seal of a segment that has its records must say of them what they are: the gateway finds them by it.
/// </remarks>
internal sealed class AuditVerifier
{
    private readonly MerkleFrontier frontier = new();
    private readonly Queue<TrustedCheckpoint> ahead;
    private readonly long covered;
    private readonly List<string> problems = [];
    private readonly List<FoundRecord> found = [];
    private readonly List<SealSummary> removed = [];
    private readonly Dictionary<SealSummary, long> statements = [];
    private readonly SealSignature signature;
    private readonly string? prediction;
    private readonly byte[] predictionBytes;

    private AuditVerifier(IReadOnlyCollection<TrustedCheckpoint> checkpoints, CheckpointKey key, string? prediction)
    {
        signature = new(key, checkpoints.First().Checkpoint.Origin);
        ahead = new(checkpoints.OrderBy(trusted => trusted.Checkpoint.Size));
        var witnessed = checkpoints.Any(trusted => trusted.Witnessed);
        covered = checkpoints.Where(trusted => trusted.Witnessed == witnessed).Max(trusted => trusted.Checkpoint.Size);
        this.prediction = prediction;
        predictionBytes = Encoding.UTF8.GetBytes(prediction ?? "");
    }

    /// <param name="directory">The log's folder.</param>
    /// <param name="checkpoints">All must be of this log; at least one. When some are witnessed, only they count.</param>
    /// <param name="key">Has signed them, and the seals.</param>
    /// <param name="prediction">A prediction id whose records are wanted.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static AuditReport Verify(string directory, IReadOnlyCollection<TrustedCheckpoint> checkpoints, CheckpointKey key, string? prediction) => new AuditVerifier(checkpoints, key, prediction).Read(directory);

    private AuditReport Read(string directory)
    {
        var (bytes, torn) = (0L, 0L);
        try
        {
            Compare();
            var segments = Segment.In(directory);
            foreach (var segment in segments)
            {
                RequireNext(segment);
                if (segment.IsRemoved)
                {
                    ReadSeal(segment);
                    continue;
                }

                (var end, torn) = ReadRecords(segment);
                bytes += end;
                if (torn > 0 && segment != segments[^1])
                {
                    problems.Add($"{segment.LogPath} ends with a torn record, and the log goes on behind it.");
                }
            }

            problems.AddRange(ahead.Select(late => $"The log has {frontier.Size} records, {late.Source} covers {late.Checkpoint.Size}: {late.Checkpoint.Size - frontier.Size} are lost."));
        }
        catch (InvalidDataException damaged)
        {
            problems.Add(damaged.Message);
        }

        return new(frontier.Size, bytes, torn, [.. Stated()], problems, found);
    }

    private void ReadSeal(Segment segment)
    {
        var (summary, entries) = Seal.Open(segment, signature);
        removed.Add(summary);
        foreach (var entry in entries)
        {
            if (prediction is not null && entry.Id == IdIndex.KeyOf(prediction))
            {
                found.Add(new(frontier.Size, null) { IsKnown = summary.IsSigned });
            }

            Take(entry.Leaf, SegmentRemoved.Parse(entry.Event));
        }
    }

    private (long End, long Torn) ReadRecords(Segment segment)
    {
        var sealedEntries = File.Exists(segment.SealPath) ? EntriesOf(segment) : null; // before the records: a gateway may make the seal meanwhile
        using var content = new SealEntries();
        // Shared with the gateway that writes it.
        using var file = new FileStream(segment.LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var end = AuditScan.Read(file, segment.First, (record, _) =>
        {
            if (prediction is not null && record.IndexOf(predictionBytes) >= 0 && AuditRecord.PredictionIdOf(record) == prediction)
            {
                found.Add(new(frontier.Size, Encoding.UTF8.GetString(record)));
            }

            if (sealedEntries is not null)
            {
                content.Add(SegmentEntry.Of(record));
            }

            Take(MerkleHash.OfLeaf(record), SegmentRemoved.Parse(record));
        });
        if (sealedEntries is not null && sealedEntries != content.Hash)
        {
            problems.Add($"{segment.SealPath} does not say what the records of its segment are: the gateway would not find them, or find others.");
        }

        return (end, file.Length - end);
    }

    /// <summary>The hash over what the seal of a segment says, signed or not; a seal that cannot be read, or is not the log's, is a problem.</summary>
    private string? EntriesOf(Segment segment)
    {
        try
        {
            using var content = new SealEntries();
            foreach (var entry in Seal.Open(segment, signature).Entries)
            {
                content.Add(entry);
            }

            return content.Hash;
        }
        catch (InvalidDataException damaged)
        {
            problems.Add(damaged.Message); // the records are there: they are read all the same
            return null;
        }
    }

    private void RequireNext(Segment segment)
    {
        if (segment.First != frontier.Size)
        {
            throw new InvalidDataException(segment.First < frontier.Size
                ? $"{segment.LogPath} begins with record {segment.First}, and there are {frontier.Size} before it."
                : $"The records from {frontier.Size} to {segment.First - 1} are lost: no segment has them.");
        }
    }

    private void Take(byte[] leaf, SegmentRemoved? statement)
    {
        if (statement is not null)
        {
            statements[statement.Removed] = frontier.Size;
        }

        frontier.Append(leaf);
        Compare();
    }

    /// <summary>With the checkpoints of as many records as have been read.</summary>
    private void Compare()
    {
        while (ahead.TryPeek(out var next) && next.Checkpoint.Size == frontier.Size)
        {
            ahead.Dequeue();
            if (!frontier.Root().AsSpan().SequenceEqual(next.Checkpoint.Root))
            {
                problems.Add($"The first {frontier.Size} records are not those that {next.Source} covers: some were changed, removed, added or moved.");
            }
        }
    }

    private IEnumerable<(SealSummary Segment, long Statement)> Stated()
    {
        foreach (var segment in removed)
        {
            if (statements.TryGetValue(segment, out var statement) && statement < covered)
            {
                yield return (segment, statement);
            }
            else
            {
                problems.Add($"The records from {segment.Segment} to {segment.Segment + segment.Records - 1} are gone, and no record under a checkpoint says that the log removed them.");
            }
        }
    }
}
