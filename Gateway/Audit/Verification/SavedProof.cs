using System.Text.Json;
using MlAspire.Gateway.Audit.Proofs;

namespace MlAspire.Gateway.Audit.Verification;

/// <summary>Checks answers of <c>/v1/audit/**</c> that someone kept, without the log and without a gateway.</summary>
internal static class SavedProof
{
    /// <summary>Checks the answer of <c>/v1/audit/records/{index}</c>.</summary>
    /// <returns>The record's JSON and the checkpoint that it is proven under.</returns>
    /// <exception cref="FormatException">It proves nothing; the message says why.</exception>
    public static (FoundRecord Record, Checkpoint Checkpoint) Inclusion(string answer, CheckpointKey key)
    {
        var proven = Read(answer, AuditJson.Default.ProvenRecord);
        var checkpoint = Checkpoint.Open(proven.Checkpoint, key);
        var bytes = Convert.FromBase64String(proven.Bytes);
        return MerkleProof.Includes(MerkleHash.OfLeaf(bytes), proven.Index, checkpoint.Size, Hashes(proven.Proof), checkpoint.Root)
            ? (new(proven.Index, System.Text.Encoding.UTF8.GetString(bytes)), checkpoint)
            : throw new FormatException($"Its proof does not lead from the record to the root of the {checkpoint.Size} records.");
    }

    /// <summary>Checks that the answer of <c>/v1/audit/consistency</c> shows <paramref name="newer"/> to continue <paramref name="older"/>.</summary>
    /// <exception cref="FormatException">It does not; the message says why.</exception>
    public static void Consistency(string answer, Checkpoint older, Checkpoint newer)
    {
        if (older.Origin != newer.Origin)
        {
            throw new FormatException($"They are checkpoints of two logs: {older.Origin} and {newer.Origin}.");
        }

        if (!MerkleProof.Extends(older.Size, older.Root, newer.Size, newer.Root, Hashes(Read(answer, AuditJson.Default.ConsistencyAnswer).Proof)))
        {
            throw new FormatException($"The proof does not show the {newer.Size} records to begin with the {older.Size}: the log was rewritten, or the proof is of other sizes.");
        }
    }

    private static T Read<T>(string answer, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(answer, type) ?? throw new FormatException("It is null.");
        }
        catch (JsonException e)
        {
            throw new FormatException("It is not an answer of /v1/audit.", e);
        }
    }

    private static byte[][] Hashes(IReadOnlyList<string> texts) => [.. texts.Select(text => Convert.FromBase64String(text ?? ""))]; // JSON may have null for a text
}
