using MlAspire.Gateway.Audit.Proofs;

namespace MlAspire.Gateway.Audit;

/// <summary>The root over a growing list of records in O(log n) memory: what <see cref="MerkleTree"/> gives, without its proofs.</summary>
/// <remarks>Source: <see href="https://www.rfc-editor.org/rfc/rfc6962#section-2.1">RFC 6962, section 2.1</see>. Not thread-safe.</remarks>
internal sealed class MerkleFrontier
{
    // Hashes of full subtrees, the largest first: one of 2^k leaves for every bit k of Size.
    private readonly List<byte[]> peaks = [];

    public long Size { get; private set; }

    /// <summary>Adds one record's <see cref="MerkleHash.OfLeaf"/>.</summary>
    public void Append(byte[] leaf)
    {
        var hash = leaf;
        for (var rest = Size; (rest & 1) == 1; rest >>= 1)
        {
            hash = MerkleHash.OfNode(peaks[^1], hash);
            peaks.RemoveAt(peaks.Count - 1);
        }

        peaks.Add(hash);
        Size++;
    }

    public byte[] Root()
    {
        if (Size == 0)
        {
            return MerkleHash.OfNothing;
        }

        var root = peaks[^1];
        for (var i = peaks.Count - 2; i >= 0; i--)
        {
            root = MerkleHash.OfNode(peaks[i], root);
        }

        return root;
    }
}
