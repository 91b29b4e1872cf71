using System.Numerics;
using MlAspire.Gateway.Audit.Proofs;

namespace MlAspire.Gateway.Audit;

/// <summary>Hashes of a growing list of records, with proofs that a record is in it and that an older list is its beginning.</summary>
/// <remarks>
/// Keeps the leaf hashes (32 bytes a record) and every full subtree's hash (another 32). Append is O(log n) at worst and O(1) on average; root and proofs are O(log² n),
/// and, where they go into what was forgotten, make at most n / 2,048 hashes again. One appends and forgets; of a size that it had before a reader learned of it, roots and proofs are made on any thread. Source: <see href="https://www.rfc-editor.org/rfc/rfc6962#section-2.1">RFC 6962, section 2.1</see>; verification as in
/// <see href="https://www.rfc-editor.org/rfc/rfc9162#section-2.1">RFC 9162, sections 2.1.3.2 and 2.1.4.2</see>.
/// </remarks>
/// <param name="forgotten">Knows the leaf hashes that are forgotten; null = none will be.</param>
internal sealed class MerkleTree(MerkleTree.Leaves? forgotten = null)
{
    // levels[k] at i is the hash of the leaves [i·2^k, (i+1)·2^k); only full subtrees.
    private readonly PackedHashes[] levels = [.. Enumerable.Range(0, sizeof(long) * 8).Select(_ => new PackedHashes())];

    /// <summary>The leaf hashes of the records <c>[start, end)</c>, in their order.</summary>
    public delegate IEnumerable<byte[]> Leaves(long start, long end);

    public long Size => levels[0].Count;

    /// <summary>The hash of the record at <paramref name="index"/>.</summary>
    public byte[] this[long index] => HashOf(index, index + 1);

    /// <summary>Adds one record's <see cref="MerkleHash.OfLeaf"/>.</summary>
    public void Append(ReadOnlySpan<byte> leaf)
    {
        levels[0].Add(leaf);
        for (var level = 0; levels[level].Count % 2 == 0; level++)
        {
            levels[level].TryGet(levels[level].Count - 2, out var left);
            levels[level].TryGet(levels[level].Count - 1, out var right);
            levels[level + 1].Add(MerkleHash.OfNode(left, right));
        }
    }

    /// <summary>Gives back the memory of the first <paramref name="count"/> records; roots and proofs stay as they were.</summary>
    public void Forget(long count)
    {
        for (var level = 0; level < levels.Length - 1; level++)
        {
            levels[level].Forget((count >> level) - 1); // the full subtrees of which the first records are made stay: on each level that has one it is the last
        }
    }

    public byte[] Root() => Root(Size);

    /// <summary>The root when the list had its first <paramref name="size"/> records.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The list never had this size.</exception>
    public byte[] Root(long size)
    {
        CheckSize(size, Size);
        return size == 0 ? MerkleHash.OfNothing : HashOf(0, size);
    }

    /// <summary>Hashes that lead from record <paramref name="index"/> to the root of the first <paramref name="size"/> records; at most ⌈log₂ size⌉.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such record or size.</exception>
    public IReadOnlyList<byte[]> InclusionProof(long index, long size)
    {
        CheckSize(size, Size);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var proof = new List<byte[]>();
        for (long start = 0, end = size; end - start > 1;)
        {
            var middle = start + SplitOf(end - start);
            proof.Add(index < middle ? HashOf(middle, end) : HashOf(start, middle));
            (start, end) = index < middle ? (start, middle) : (middle, end);
        }

        proof.Reverse();
        return proof;
    }

    /// <summary>Hashes that show the first <paramref name="oldSize"/> records to be the beginning of the first <paramref name="newSize"/>; empty when either is nothing new.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The list never had these sizes, or the old one is the larger.</exception>
    public IReadOnlyList<byte[]> ConsistencyProof(long oldSize, long newSize)
    {
        CheckSize(newSize, Size);
        CheckSize(oldSize, newSize);
        var proof = new List<byte[]>();
        if (oldSize == 0 || oldSize == newSize)
        {
            return proof;
        }

        var (start, end, known) = (0L, newSize, true);
        while (end != oldSize)
        {
            var middle = start + SplitOf(end - start);
            if (oldSize <= middle)
            {
                proof.Add(HashOf(middle, end));
                end = middle;
            }
            else
            {
                proof.Add(HashOf(start, middle));
                (start, known) = (middle, false);
            }
        }

        if (!known)
        {
            proof.Add(HashOf(start, end));
        }

        proof.Reverse();
        return proof;
    }

    private byte[] HashOf(long start, long end)
    {
        var length = end - start;
        if (BitOperations.IsPow2(length))
        {
            var level = BitOperations.Log2((ulong)length);
            return levels[level].TryGet(start >> level, out var hash) ? hash.ToArray() : HashAgain(start, end);
        }

        var middle = start + SplitOf(length);
        return MerkleHash.OfNode(HashOf(start, middle), HashOf(middle, end));
    }

    private byte[] HashAgain(long start, long end)
    {
        var frontier = new MerkleFrontier();
        foreach (var leaf in forgotten!(start, end))
        {
            frontier.Append(leaf);
        }

        return frontier.Root();
    }

    /// <summary>The largest power of two below <paramref name="length"/>, which is at least 2.</summary>
    private static long SplitOf(long length) => (long)(BitOperations.RoundUpToPowerOf2((ulong)length) / 2);

    private static void CheckSize(long size, long largest)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, largest);
    }
}
