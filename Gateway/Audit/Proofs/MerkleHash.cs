using System.Security.Cryptography;

namespace MlAspire.Gateway.Audit.Proofs;

/// <summary>The hashes that a Merkle tree is made of: SHA-256, leaves and nodes told apart by their first byte.</summary>
/// <remarks>Source: <see href="https://www.rfc-editor.org/rfc/rfc6962#section-2.1">RFC 6962, section 2.1</see>.</remarks>
internal static class MerkleHash
{
    public const int Bytes = 32;

    private const byte LeafMark = 0;
    private const byte NodeMark = 1;

    /// <summary>The root over no records.</summary>
    public static byte[] OfNothing => SHA256.HashData([]);

    /// <summary>SHA-256(0x00 ‖ record).</summary>
    public static byte[] OfLeaf(ReadOnlySpan<byte> record)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([LeafMark]);
        hash.AppendData(record);
        return hash.GetHashAndReset();
    }

    /// <summary>SHA-256(0x01 ‖ left ‖ right).</summary>
    public static byte[] OfNode(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> both = stackalloc byte[1 + (2 * Bytes)];
        both[0] = NodeMark;
        left.CopyTo(both[1..]);
        right.CopyTo(both[(1 + Bytes)..]);
        return SHA256.HashData(both);
    }
}
