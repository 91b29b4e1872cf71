using System.Globalization;
using MlAspire.Gateway.Audit.Proofs;

namespace MlAspire.Monitoring.Witness;

/// <summary>
/// What a log asks of its witness: a checkpoint, and the proof that it continues the one that the witness saw last. Example:
/// <c>old 20852163</c>, a line a hash of the proof in base64, an empty line, the signed checkpoint.
/// </summary>
/// <remarks>Source: C2SP <see href="https://c2sp.org/tlog-witness">tlog-witness</see>, add-checkpoint.</remarks>
/// <param name="OldSize">Records that the witness is believed to have seen.</param>
/// <param name="Proof">From there to the checkpoint.</param>
/// <param name="Note">The signed checkpoint, as it was sent.</param>
internal sealed record AddCheckpoint(long OldSize, IReadOnlyList<byte[]> Proof, string Note)
{
    /// <summary>A proof between any two sizes of 64 bits is shorter.</summary>
    public const int LongestProof = 63;

    private const string Old = "old ";

    /// <exception cref="FormatException">The body is not of this form; the message says what is wrong.</exception>
    public static AddCheckpoint Parse(string body)
    {
        var end = body.IndexOf("\n\n", StringComparison.Ordinal);
        var lines = end < 0 ? [] : body[..end].Split('\n');
        if (lines.Length == 0 || !lines[0].StartsWith(Old, StringComparison.Ordinal) || !long.TryParse(lines[0][Old.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
        {
            throw new FormatException("The body must be 'old SIZE', the lines of the proof, an empty line and a checkpoint.");
        }

        if (lines.Length - 1 > LongestProof)
        {
            throw new FormatException($"The proof must have at most {LongestProof} lines.");
        }

        byte[][] proof = [.. lines[1..].Select(Convert.FromBase64String)];
        return proof.All(hash => hash.Length == MerkleHash.Bytes) ? new(size, proof, body[(end + 2)..]) : throw new FormatException($"A line of the proof must be {MerkleHash.Bytes} bytes in base64.");
    }
}
