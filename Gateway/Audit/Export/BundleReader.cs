using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MlAspire.Gateway.Audit.Proofs;

namespace MlAspire.Gateway.Audit.Export;

/// <summary>What a bundle proves.</summary>
/// <param name="Header">Its first line.</param>
/// <param name="Checkpoint">That its records lead to.</param>
/// <param name="End">Its last line.</param>
internal sealed record BundleReport(BundleHeader Header, Checkpoint Checkpoint, BundleEnd End);

/// <summary>Reads an export bundle and checks it with the log's public key alone, line by line. What is said to belong to a subject is not looked at.</summary>
internal static class BundleReader
{
    /// <param name="bundle">Its text.</param>
    /// <param name="key">The log's.</param>
    /// <param name="visit">Is shown each record that is proven.</param>
    /// <exception cref="FormatException">It proves nothing; the message says why.</exception>
    public static BundleReport Read(TextReader bundle, CheckpointKey key, Action<BundleRecord> visit)
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
            Check(record, last, checkpoint);
            visit(record);
            hash.AppendData(bytes);
            (records, last) = (records + 1, record.Index);
        }

        var end = Read(line, BundleJson.Default.BundleEnd, "its last line").line;
        return end.Records == records && end.Signature.AsSpan().StartsWith(key.Id)
            && key.Verify(BundleEnd.Signed(checkpoint.Origin, records, end.Before, hash.GetHashAndReset()), end.Signature.AsSpan(key.Id.Length))
            ? new(header.line, checkpoint, end)
            : throw new FormatException("Its signature is not over what it holds: records were added, removed or changed, or it was cut off.");
    }

    private static void Check(BundleRecord record, long last, Checkpoint checkpoint)
    {
        if (record.Index >= last)
        {
            throw new FormatException($"Record {record.Index} is not before the one above it.");
        }

        if (!MerkleProof.Includes(MerkleHash.OfLeaf(record.Bytes), record.Index, checkpoint.Size, record.Proof, checkpoint.Root))
        {
            throw new FormatException($"The proof of record {record.Index} does not lead to the root of the {checkpoint.Size} records.");
        }
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
