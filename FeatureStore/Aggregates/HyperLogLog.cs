using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>How many different texts there were, from 1,024 registers of a byte: within 3.3 % for two of three counts, exact to a few for small ones. Order and repetition of the texts change nothing, and registers of parts merge to those of the whole.</summary>
/// <remarks>Source: P. Flajolet, É. Fusy, O. Gandouet, F. Meunier, <see href="https://algo.inria.fr/flajolet/Publications/FlFuGaMe07.pdf">HyperLogLog</see>, 2007, figure 3; the hash has 64 bits, so that its correction for large counts is not needed.</remarks>
internal static class HyperLogLog
{
    public const int Registers = 1 << IndexBits;
    private const int IndexBits = 10;
    private const double Alpha = 0.7213 / (1 + 1.079 / Registers);

    /// <summary>The first 64 bits of the text's SHA-256, the same on every machine.</summary>
    public static ulong Hash(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    /// <summary>The register that a hash writes to, and what, 1 to 55.</summary>
    public static (int Register, byte Rank) Place(ulong hash) => ((int)(hash >> (64 - IndexBits)), (byte)(BitOperations.LeadingZeroCount((hash << IndexBits) | (1UL << (IndexBits - 1))) + 1));

    /// <summary>Adds what <paramref name="other"/> has seen, of which registers at the end may be missing.</summary>
    public static void Merge(Span<byte> registers, ReadOnlySpan<byte> other)
    {
        for (var i = 0; i < other.Length; i++)
        {
            registers[i] = Math.Max(registers[i], other[i]);
        }
    }

    /// <summary>The count, a whole number.</summary>
    public static double Estimate(ReadOnlySpan<byte> registers)
    {
        var (sum, empty) = (0d, 0);
        foreach (var rank in registers)
        {
            sum += Math.ScaleB(1, -rank);
            if (rank == 0)
            {
                empty++;
            }
        }
        var estimate = Alpha * Registers * Registers / sum;
        return Math.Round(estimate <= 2.5 * Registers && empty > 0 ? Registers * Math.Log((double)Registers / empty) : estimate);
    }
}
