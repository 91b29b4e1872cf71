using System.Text;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Monitoring.Witness;

/// <summary>What a witness has seen of one log: its newest checkpoint, which only ever grows. It is on disk before the log is told. Thread-safe.</summary>
/// <param name="file">Where it is kept.</param>
/// <param name="keys">The log's, the newest first: the others are good for what was seen before it was rotated, and sign nothing new.</param>
/// <param name="witness">Signs.</param>
/// <param name="name">Of the witness.</param>
internal sealed class WitnessedLog(string file, IReadOnlyList<CheckpointKey> keys, CheckpointKey witness, string name)
{
    private readonly Lock gate = new();
    private string? newest = File.Exists(file) ? File.ReadAllText(file) : null;

    /// <summary>The newest checkpoint with the log's signatures and the witness's; null while none was seen.</summary>
    public string? Newest
    {
        get
        {
            lock (gate)
            {
                return newest;
            }
        }
    }

    /// <summary>Signs a checkpoint when it is the log's, and continues what was seen of it.</summary>
    /// <exception cref="FormatException">The checkpoint is none, or the log's key did not sign it, or not what was seen of the log.</exception>
    /// <exception cref="IOException">It cannot be kept, so it is not signed.</exception>
    public WitnessAnswer Add(AddCheckpoint request)
    {
        var checkpoint = Checkpoint.Open(request.Note, keys[0]);
        lock (gate)
        {
            var seen = newest is null ? new Checkpoint(checkpoint.Origin, 0, MerkleHash.OfNothing) : Seen(newest);
            if (request.OldSize != seen.Size || (checkpoint.Size == seen.Size && !checkpoint.Root.AsSpan().SequenceEqual(seen.Root)))
            {
                return new(WitnessVerdict.Conflict, seen.Size, null);
            }

            if (!MerkleProof.Extends(seen.Size, seen.Root, checkpoint.Size, checkpoint.Root, request.Proof))
            {
                return new(WitnessVerdict.NotProven, seen.Size, null);
            }

            var signature = checkpoint.SignatureLine(witness, name);
            var note = request.Note + signature;
            WholeFile.Write(file, Encoding.UTF8.GetBytes(note)); // never less on disk than a log was told
            newest = note;
            return new(WitnessVerdict.Signed, checkpoint.Size, signature);
        }
    }

    private Checkpoint Seen(string kept) => keys.Select(key => Checkpoint.TryOpen(kept, key)).FirstOrDefault(seen => seen is not null)
        ?? throw new FormatException("What the witness kept of this log is not signed by the log's key; nothing is signed until someone has looked at it.");
}

/// <summary>How a witness judges a checkpoint.</summary>
internal enum WitnessVerdict
{
    /// <summary>It continues what was seen.</summary>
    Signed,

    /// <summary>It begins at another size than the witness's, or is another state of the same size.</summary>
    Conflict,

    /// <summary>Its proof does not show that it continues what was seen.</summary>
    NotProven,
}

/// <param name="Verdict">The judgement.</param>
/// <param name="Size">Records that the witness has seen now.</param>
/// <param name="Signature">A line, when <see cref="WitnessVerdict.Signed"/>.</param>
internal sealed record WitnessAnswer(WitnessVerdict Verdict, long Size, string? Signature);
