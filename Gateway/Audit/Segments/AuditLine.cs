using System.Buffers.Text;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Gateway.Audit.Segments;

/// <summary>A record as a line of a segment: a check in 8 hexadecimal digits, a mark, the record, a line feed: <c>0a1b2c3d {"schema":1,...}</c>.</summary>
/// <remarks>
/// Lines that are written together are a group: after a crash it is there whole or not at all. The mark is a space on the only line of a group, and the check then is the record's CRC-32C;
/// it is <c>+</c> on a line that has more of its group behind it and <c>=</c> on the last one of several, and the check is the CRC xor the place in the file where the group begins: every line tells its group.
/// The check finds what a crash or a disk damaged; against people there is the tree. <c>cut -c10- audit-*.log</c> gives the records.
/// </remarks>
internal static class AuditLine
{
    public const byte LineFeed = (byte)'\n';
    public const byte Only = (byte)' ';
    public const byte More = (byte)'+';
    public const byte Last = (byte)'=';

    private const int CheckBytes = 8;
    private const int PrefixBytes = CheckBytes + 1;

    /// <summary>Bytes of the line of <paramref name="record"/>.</summary>
    public static int LengthOf(ReadOnlySpan<byte> record) => PrefixBytes + record.Length + 1;

    /// <summary>Writes the line of <paramref name="record"/>, which holds no line feed, as a group of its own.</summary>
    public static void Write(Stream target, ReadOnlySpan<byte> record) => Write(target, record, Only, 0);

    /// <summary>Writes records as one group, which begins at <paramref name="start"/> of the file.</summary>
    /// <returns>Where each line ends in the file.</returns>
    public static List<long> WriteGroup(Stream target, IReadOnlyList<byte[]> records, long start)
    {
        List<long> ends = [];
        foreach (var record in records)
        {
            var mark = records.Count == 1 ? Only : ends.Count == records.Count - 1 ? Last : More;
            Write(target, record, mark, mark == Only ? 0 : (uint)start); // a segment is smaller than 4 GiB
            ends.Add(start + target.Position);
        }

        return ends;
    }

    /// <summary>Reads a line without its line feed; false when it is damaged.</summary>
    /// <param name="line">The line.</param>
    /// <param name="record">Its record.</param>
    /// <param name="mark">Its mark.</param>
    /// <param name="group">Where it says that its group begins; 0 when the mark is <see cref="Only"/>. Who does not know where that is has not checked the record.</param>
    public static bool TryRead(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> record, out byte mark, out uint group)
    {
        record = line.Length > PrefixBytes ? line[PrefixBytes..] : [];
        (mark, group) = (0, 0);
        if (record.IsEmpty || !Utf8Parser.TryParse(line[..CheckBytes], out uint check, out var read, 'x') || read != CheckBytes)
        {
            return false;
        }

        (mark, group) = (line[CheckBytes], check ^ Crc32C.Of(record));
        return mark is More or Last || (mark == Only && group == 0);
    }

    private static void Write(Stream target, ReadOnlySpan<byte> record, byte mark, uint group)
    {
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        Utf8Formatter.TryFormat(Crc32C.Of(record) ^ group, prefix, out _, new('x', CheckBytes));
        prefix[CheckBytes] = mark;
        target.Write(prefix);
        target.Write(record);
        target.WriteByte(LineFeed);
    }
}
