using System.Buffers.Binary;
using System.Numerics;

namespace MlAspire.FeatureStore.Feast;

/// <summary>MurmurHash3_x86_32 with seed 0, which names the fields of Feast's hashes.</summary>
/// <remarks>Source: A. Appleby, <see href="https://github.com/aappleby/smhasher/wiki/MurmurHash3">MurmurHash3</see>.</remarks>
internal static class Murmur3
{
    public static uint Hash(ReadOnlySpan<byte> bytes)
    {
        var (hash, at) = (0u, 0);
        for (; at + sizeof(uint) <= bytes.Length; at += sizeof(uint))
        {
            hash = BitOperations.RotateLeft(hash ^ Mixed(BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..])), 13) * 5 + 0xE6546B64;
        }
        var tail = 0u;
        for (var i = bytes.Length - 1; i >= at; i--)
        {
            tail = tail << 8 | bytes[i];
        }
        hash ^= Mixed(tail) ^ (uint)bytes.Length;
        hash = (hash ^ hash >> 16) * 0x85EBCA6B;
        hash = (hash ^ hash >> 13) * 0xC2B2AE35;
        return hash ^ hash >> 16;
    }

    private static uint Mixed(uint block) => BitOperations.RotateLeft(block * 0xCC9E2D51, 15) * 0x1B873593;
}
