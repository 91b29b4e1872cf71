using System.Buffers.Binary;
using System.Numerics;

namespace MlAspire.ServiceDefaults.Files;

/// <summary>CRC-32C (Castagnoli): finds what a crash or a disk damaged. Of "123456789" it is e3069283.</summary>
/// <remarks>Source: <see href="https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4">RFC 3720, appendix B.4</see>.</remarks>
public static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var next in bytes)
        {
            crc = BitOperations.Crc32C(crc, next);
        }

        return ~crc;
    }
}
