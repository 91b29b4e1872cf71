namespace MlAspire.FeatureStore.Backfill;

/// <summary>One row of the file.</summary>
/// <param name="Offset">Its position, 0-based, which is its offset as the producer's.</param>
/// <param name="Line">1-based.</param>
/// <param name="Values">Event time and fields as text, shape [1 + fields of the source]; null = an empty field without quotation marks.</param>
/// <param name="Record">The whole row as it stands in the file.</param>
internal sealed record BackfillRow(long Offset, int Line, string?[] Values, string Record);
