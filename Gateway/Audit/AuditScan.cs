namespace MlAspire.Gateway.Audit;

/// <summary>What a log holds, read once at the start.</summary>
/// <param name="Records">Whole records.</param>
/// <param name="Bytes">Where the last of them ends.</param>
/// <param name="Events">The records that are no predictions, oldest first.</param>
internal sealed record AuditScan(long Records, long Bytes, IReadOnlyList<byte[]> Events)
{
    private const byte LineFeed = (byte)'\n';

    // Every record begins {"schema":1,"event":"...": the rest of a prediction need not be looked at.
    private static readonly byte[] PredictionMark = [.. "\"event\":\""u8, .. System.Text.Encoding.UTF8.GetBytes(AuditRecord.PredictionEventName), (byte)'"'];

    /// <summary>Reads <paramref name="file"/> from its beginning; a last line without line feed does not count.</summary>
    public static AuditScan Read(Stream file)
    {
        var events = new List<byte[]>();
        var buffer = new byte[1 << 16];
        long records = 0, bytes = 0;
        int filled = 0, read;
        while ((read = file.Read(buffer, filled, buffer.Length - filled)) > 0)
        {
            filled += read;
            var start = 0;
            for (int length; (length = buffer.AsSpan(start, filled - start).IndexOf(LineFeed)) >= 0; start += length + 1)
            {
                var line = buffer.AsSpan(start, length);
                if (line[..Math.Min(length, 64)].IndexOf(PredictionMark) < 0)
                {
                    events.Add(line.ToArray());
                }

                records++;
                bytes += length + 1;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * buffer.Length);
            }
        }

        return new(records, bytes, events);
    }
}
