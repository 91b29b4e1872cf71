using System.Security.Cryptography;
using System.Text.Json;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Subjects;

namespace MlAspire.Gateway.Audit.Export;

/// <summary>Records that someone asked for, with what it takes to check them without the log: proofs, the checkpoint that they lead to, and one signature over all.</summary>
/// <remarks>
/// Lines of JSON: a <see cref="BundleHeader"/>, a <see cref="BundleRecord"/> each, a <see cref="BundleEnd"/>. At most <see cref="LargestBundle"/> records; the end says where the next bundle begins.
/// The signature is by the log's key over <c>audit bundle v1, origin, records, before, SHA-256 of the lines before the end in base64</c>, a line each: that these are the records that were asked for is the gateway's word.
/// </remarks>
internal static class ExportBundle
{
    public const int LargestBundle = 100_000;

    private static readonly byte[] LineFeed = "\n"u8.ToArray();

    /// <param name="target">Where to.</param>
    /// <param name="header">Its checkpoint covers what is written.</param>
    /// <param name="query">Which records.</param>
    /// <param name="log">Them.</param>
    /// <param name="keys">Of their subjects.</param>
    /// <param name="cancellationToken">Who asked is gone.</param>
    public static async Task WriteAsync(Stream target, BundleHeader header, AuditQuery query, AuditLog log, SubjectKeys keys, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        async Task LineAsync(byte[] json)
        {
            hash.AppendData(json);
            hash.AppendData(LineFeed);
            await target.WriteAsync(json, cancellationToken);
            await target.WriteAsync(LineFeed, cancellationToken);
        }

        var checkpoint = Checkpoint.Parse(header.Checkpoint);
        await LineAsync(JsonSerializer.SerializeToUtf8Bytes(header, BundleJson.Default.BundleHeader));
        var (records, before) = (0, (long?)null);
        await foreach (var (index, bytes) in query.FindAsync(log, keys, checkpoint.Size, cancellationToken))
        {
            if (records == (query.Limit ?? LargestBundle))
            {
                before = index + 1;
                break;
            }

            var record = OpenedFor(query, new(index, bytes, [.. log.Inclusion(index, checkpoint.Size)!], null), keys);
            await LineAsync(JsonSerializer.SerializeToUtf8Bytes(record, BundleJson.Default.BundleRecord));
            records++;
        }

        var end = new BundleEnd(records, before, [.. log.Key.Id, .. log.Key.Sign(BundleEnd.Signed(checkpoint.Origin, records, before, hash.GetHashAndReset()))]);
        await LineAsync(JsonSerializer.SerializeToUtf8Bytes(end, BundleJson.Default.BundleEnd));
    }

    private static BundleRecord OpenedFor(AuditQuery query, BundleRecord record, SubjectKeys keys)
    {
        try
        {
            return query.WithPersonal ? record with { Personal = PersonalData.Decrypt(record.Bytes, keys) } : record;
        }
        catch (InvalidDataException)
        {
            return record with { Unreadable = true };
        }
    }
}
