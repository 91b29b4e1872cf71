using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MlAspire.Gateway.Audit.Export;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Subjects;

namespace MlAspire.Gateway.Audit.Verification;

/// <summary>What a bundle proves.</summary>
/// <param name="Header">Its first line.</param>
/// <param name="Checkpoint">That its records lead to.</param>
/// <param name="End">Its last line.</param>
internal sealed record BundleReport(BundleHeader Header, Checkpoint Checkpoint, BundleEnd End);

/// <summary>Checks an <see cref="ExportBundle"/> with the log's public key alone, line by line.</summary>
internal static class BundleVerifier
{
    /// <param name="bundle">Its text.</param>
    /// <param name="key">The log's.</param>
    /// <param name="visit">Is shown each record that is proven, readable.</param>
    /// <exception cref="FormatException">It proves nothing; the message says why.</exception>
    public static BundleReport Verify(TextReader bundle, CheckpointKey key, Action<FoundRecord> visit)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var header = Read(bundle.ReadLine(), BundleJson.Default.BundleHeader, "its first line");
        var checkpoint = Checkpoint.Open(header.line.Checkpoint, key);
        hash.AppendData(header.bytes);
        var (records, last) = (0, long.MaxValue);
        var line = bundle.ReadLine();
        for (string? next; (next = bundle.ReadLine()) is not null; line = next)
        {
            var (record, bytes) = Read(line, BundleJson.Default.BundleRecord, $"the line of record {records}");
            visit(Check(record, last, checkpoint));
            hash.AppendData(bytes);
            (records, last) = (records + 1, record.Index);
        }

        var end = Read(line, BundleJson.Default.BundleEnd, "its last line").line;
        return end.Records == records && end.Signature.AsSpan().StartsWith(key.Id)
            && key.Verify(ExportBundle.Signed(checkpoint.Origin, records, end.Before, hash.GetHashAndReset()), end.Signature.AsSpan(key.Id.Length))
            ? new(header.line, checkpoint, end)
            : throw new FormatException("Its signature is not over what it holds: records were added, removed or changed, or it was cut off.");
    }

    private static FoundRecord Check(BundleRecord record, long last, Checkpoint checkpoint)
    {
        if (record.Index >= last)
        {
            throw new FormatException($"Record {record.Index} is not before the one above it.");
        }

        if (!MerkleProof.Includes(MerkleHash.OfLeaf(record.Bytes), record.Index, checkpoint.Size, record.Proof, checkpoint.Root))
        {
            throw new FormatException($"The proof of record {record.Index} does not lead to the root of the {checkpoint.Size} records.");
        }

        if (record.Personal is { } plain && !PersonalData.IsOf(record.Bytes, plain))
        {
            throw new FormatException($"What is said to belong to the subject of record {record.Index} is not what the record was made of.");
        }

        return new(record.Index, Encoding.UTF8.GetString(PersonalData.IsIn(record.Bytes) ? PersonalData.Replaced(record.Bytes, record.Personal) : record.Bytes));
    }

    private static (T line, byte[] bytes) Read<T>(string? line, JsonTypeInfo<T> type, string what)
    {
        try
        {
            return line is not null && JsonSerializer.Deserialize(line, type) is { } read ? (read, Encoding.UTF8.GetBytes($"{line}\n")) : throw new FormatException($"It is no bundle: {what} is missing.");
        }
        catch (JsonException e)
        {
            throw new FormatException($"It is no bundle: {what} cannot be read.", e);
        }
    }
}
