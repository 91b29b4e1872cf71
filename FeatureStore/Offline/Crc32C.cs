using System.Buffers.Binary;
using System.Numerics;

namespace MlAspire.FeatureStore.Offline;

/// <summary>CRC-32C (Castagnoli), as in RFC 3720 appendix B.4: of "123456789" it is e3069283.</summary>
internal static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..]) { crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes)); }
        foreach (var next in bytes) { crc = BitOperations.Crc32C(crc, next); }
        return ~crc;
    }
}
