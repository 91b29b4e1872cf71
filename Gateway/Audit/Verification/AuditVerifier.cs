using System.Text.Json;
using System.Text;
using MlAspire.Gateway.Audit.Proofs;

namespace MlAspire.Gateway.Audit.Verification;

/// <summary>A checkpoint that was trusted before (its signature is good), where it was read, and whether the witness's signature was asked for and is good too.</summary>
internal sealed record TrustedCheckpoint(string Source, Checkpoint Checkpoint, bool Witnessed);

/// <summary>A prediction's record in the log.</summary>
/// <param name="Index">Its place.</param>
/// <param name="Record">Its JSON.</param>
internal sealed record FoundRecord(long Index, string Record);

/// <summary>What reading a whole log showed.</summary>
/// <param name="Records">Whole records.</param>
/// <param name="Bytes">Theirs.</param>
/// <param name="TornBytes">What follows the last whole record: a write that was under way, or that a crash ended.</param>
/// <param name="Problems">Why the log cannot be what the checkpoints say, one sentence each; empty when it is.</param>
/// <param name="Found">The records of the prediction that was looked for.</param>
internal sealed record AuditReport(long Records, long Bytes, long TornBytes, IReadOnlyList<string> Problems, IReadOnlyList<FoundRecord> Found);

/// <summary>Reads a log that nobody is asked about: from its file alone, against checkpoints that were trusted before. Needs no gateway; one may be writing the log meanwhile.</summary>
/// <remarks>Reads the file once, in O(log n) memory; a million records take a few seconds.</remarks>
internal sealed class AuditVerifier
{
    private readonly MerkleFrontier frontier = new();
    private readonly Queue<TrustedCheckpoint> ahead;
    private readonly List<string> problems = [];
    private readonly List<FoundRecord> found = [];
    private readonly byte[]? prediction;

    private AuditVerifier(IEnumerable<TrustedCheckpoint> checkpoints, string? prediction)
    {
        ahead = new(checkpoints.OrderBy(trusted => trusted.Checkpoint.Size));
        this.prediction = prediction is null ? null : Encoding.UTF8.GetBytes(prediction);
    }

    /// <param name="file">The log's file.</param>
    /// <param name="checkpoints">All must be of this log.</param>
    /// <param name="prediction">A prediction id whose records are wanted.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static AuditReport Verify(string file, IEnumerable<TrustedCheckpoint> checkpoints, string? prediction) => new AuditVerifier(checkpoints, prediction).Read(file);

    private AuditReport Read(string file)
    {
        // Shared with the gateway that writes it.
        using var log = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        long end = 0;
        try
        {
            Compare();
            end = AuditScan.Read(log, Visit);
            foreach (var (source, checkpoint, _) in ahead)
            {
                problems.Add($"The log has {frontier.Size} records, {source} covers {checkpoint.Size}: {checkpoint.Size - frontier.Size} are lost.");
            }
        }
        catch (InvalidDataException damaged)
        {
            problems.Add(damaged.Message);
        }

        return new(frontier.Size, end, log.Length - end, problems, found);
    }

    private void Visit(long index, long offset, ReadOnlySpan<byte> record)
    {
        frontier.Append(MerkleHash.OfLeaf(record));
        Compare();
        if (prediction is not null && record.IndexOf(prediction) >= 0 && IsOf(record))
        {
            found.Add(new(index, Encoding.UTF8.GetString(record)));
        }
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

    private bool IsOf(ReadOnlySpan<byte> record)
    {
        var json = new Utf8JsonReader(record);
        try
        {
            return JsonElement.TryParseValue(ref json, out var parsed) && parsed is { ValueKind: JsonValueKind.Object } element
                && element.TryGetProperty("prediction_id"u8, out var id) && id.ValueEquals(prediction);
        }
        catch (JsonException)
        {
            return false; // a record is any line: the tree answers for it, not its form
        }
    }
}
