using System.Buffers.Text;
using System.Globalization;
using System.Text;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Gateway.Audit.Segments;

/// <summary>A record as a line of a segment: CRC-32C of the record in 8 hexadecimal digits, a space, the record, a line feed: <c>0a1b2c3d {"schema":1,...}</c>.</summary>
/// <remarks>The CRC finds what a crash or a disk damaged; against people there is the tree. <c>cut -c10- audit-*.log</c> gives the records.</remarks>
internal static class AuditLine
{
    public const byte LineFeed = (byte)'\n';

    private const int PrefixBytes = 9;

    /// <summary>Bytes of the line of <paramref name="record"/>.</summary>
    public static int LengthOf(ReadOnlySpan<byte> record) => PrefixBytes + record.Length + 1;

    /// <summary>Writes the line of <paramref name="record"/>, which holds no line feed.</summary>
    public static void Write(Stream target, ReadOnlySpan<byte> record)
    {
        target.Write(Encoding.ASCII.GetBytes(Crc32C.Of(record).ToString("x8", CultureInfo.InvariantCulture)));
        target.WriteByte((byte)' ');
        target.Write(record);
        target.WriteByte(LineFeed);
    }

    /// <summary>The record of a line without its line feed; false when the line is damaged.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> record)
    {
        record = line.Length > PrefixBytes ? line[PrefixBytes..] : [];
        return line.Length > PrefixBytes && line[PrefixBytes - 1] == ' ' && Utf8Parser.TryParse(line[..(PrefixBytes - 1)], out uint crc, out var read, 'x')
            && read == PrefixBytes - 1 && crc == Crc32C.Of(record);
    }
}
