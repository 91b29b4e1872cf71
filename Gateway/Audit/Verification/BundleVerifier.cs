using System.Text;
using MlAspire.Gateway.Audit.Export;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Subjects;

namespace MlAspire.Gateway.Audit.Verification;

/// <summary>Checks an <see cref="ExportBundle"/> with the log's public key alone, and what belongs to its records' subjects.</summary>
internal static class BundleVerifier
{
    /// <param name="bundle">Its text.</param>
    /// <param name="key">The log's.</param>
    /// <param name="visit">Is shown each record that is proven, readable.</param>
    /// <exception cref="FormatException">It proves nothing; the message says why.</exception>
    public static BundleReport Verify(TextReader bundle, CheckpointKey key, Action<FoundRecord> visit) => BundleReader.Read(bundle, key, record => visit(Readable(record)));

    private static FoundRecord Readable(BundleRecord record) => record.Personal is { } plain && !PersonalData.IsOf(record.Bytes, plain)
        ? throw new FormatException($"What is said to belong to the subject of record {record.Index} is not what the record was made of.")
        : new(record.Index, Encoding.UTF8.GetString(PersonalData.IsIn(record.Bytes) ? PersonalData.Replaced(record.Bytes, record.Personal, record.Unreadable ? PersonalData.Unreadable : PersonalData.Erased) : record.Bytes)) { IsUnreadable = record.Unreadable };
}
