using System.Numerics;

namespace MlAspire.Gateway.Audit.Proofs;

/// <summary>Checks proofs with nothing but hashes and sizes, as someone without the log does. Pure.</summary>
/// <remarks>Source: <see href="https://www.rfc-editor.org/rfc/rfc9162#section-2.1">RFC 9162, sections 2.1.3.2 and 2.1.4.2</see>.</remarks>
internal static class MerkleProof
{
    /// <summary>Whether <paramref name="leaf"/> is record <paramref name="index"/> of the <paramref name="size"/> records under <paramref name="root"/>.</summary>
    public static bool Includes(byte[] leaf, long index, long size, IReadOnlyList<byte[]> proof, byte[] root)
    {
        if (index < 0 || index >= size || !AreHashes([leaf, root, .. proof]))
        {
            return false;
        }

        var (at, last, hash) = (index, size - 1, leaf);
        foreach (var next in proof)
        {
            if (last == 0)
            {
                return false;
            }

            if (IsOdd(at) || at == last)
            {
                hash = MerkleHash.OfNode(next, hash);
                Climb(ref at, ref last);
            }
            else
            {
                hash = MerkleHash.OfNode(hash, next);
            }

            (at, last) = (at >> 1, last >> 1);
        }

        return last == 0 && hash.AsSpan().SequenceEqual(root);
    }

    /// <summary>Whether the list under <paramref name="oldRoot"/> is the beginning of the one under <paramref name="newRoot"/>.</summary>
    public static bool Extends(long oldSize, byte[] oldRoot, long newSize, byte[] newRoot, IReadOnlyList<byte[]> proof)
    {
        if (oldSize < 0 || oldSize > newSize || !AreHashes([oldRoot, newRoot, .. proof]))
        {
            return false;
        }

        if (oldSize == newSize || oldSize == 0)
        {
            return proof.Count == 0 && (oldSize == newSize ? oldRoot.AsSpan().SequenceEqual(newRoot) : oldRoot.AsSpan().SequenceEqual(MerkleHash.OfNothing));
        }

        // A full old tree is itself a node of the new one, and is not sent.
        IReadOnlyList<byte[]> path = BitOperations.IsPow2(oldSize) ? [oldRoot, .. proof] : proof;
        return path.Count > 0 && Climb(oldSize, newSize, path) is var (reachedOld, reachedNew, atTop)
            && atTop && reachedOld.AsSpan().SequenceEqual(oldRoot) && reachedNew.AsSpan().SequenceEqual(newRoot);
    }

    private static (byte[] Old, byte[] New, bool AtTop) Climb(long oldSize, long newSize, IReadOnlyList<byte[]> path)
    {
        var (at, last) = (oldSize - 1, newSize - 1);
        while (IsOdd(at))
        {
            (at, last) = (at >> 1, last >> 1);
        }

        var (oldHash, newHash) = (path[0], path[0]);
        foreach (var next in path.Skip(1))
        {
            if (last == 0)
            {
                return (oldHash, newHash, false);
            }

            if (IsOdd(at) || at == last)
            {
                (oldHash, newHash) = (MerkleHash.OfNode(next, oldHash), MerkleHash.OfNode(next, newHash));
                Climb(ref at, ref last);
            }
            else
            {
                newHash = MerkleHash.OfNode(newHash, next);
            }

            (at, last) = (at >> 1, last >> 1);
        }

        return (oldHash, newHash, last == 0);
    }

    /// <summary>Up to where the node is a right child, or at the left edge.</summary>
    private static void Climb(ref long at, ref long last)
    {
        while (!IsOdd(at) && at != 0)
        {
            (at, last) = (at >> 1, last >> 1);
        }
    }

    private static bool IsOdd(long number) => (number & 1) == 1;

    private static bool AreHashes(IEnumerable<byte[]> hashes) => hashes.All(hash => hash is { Length: MerkleHash.Bytes }); // read from JSON, one may be null
}
