using MlAspire.Gateway.Audit.Proofs;

namespace MlAspire.Gateway.Audit;

/// <summary>A growing list of hashes without an object for each: 32 bytes a hash, in blocks that never move.</summary>
/// <remarks>One adds and forgets; what was added before a reader learned of it is read from any thread.</remarks>
internal sealed class PackedHashes
{
    public const int HashesPerBlock = 1 << 12;

    private volatile byte[]?[] blocks = []; // null = forgotten, or not there yet

    public long Count { get; private set; }

    /// <param name="index">From 0 to below <see cref="Count"/>.</param>
    /// <param name="hash">The hash.</param>
    /// <returns>False when it was forgotten.</returns>
    public bool TryGet(long index, out ReadOnlySpan<byte> hash)
    {
        var block = blocks[(int)(index / HashesPerBlock)];
        hash = block is null ? [] : block.AsSpan((int)(index % HashesPerBlock) * MerkleHash.Bytes, MerkleHash.Bytes);
        return block is not null;
    }

    public void Add(ReadOnlySpan<byte> hash)
    {
        var (block, at) = ((int)(Count / HashesPerBlock), (int)(Count % HashesPerBlock));
        if (block == blocks.Length)
        {
            var larger = blocks;
            Array.Resize(ref larger, Math.Max(1, 2 * block));
            blocks = larger;
        }

        hash.CopyTo((blocks[block] ??= new byte[HashesPerBlock * MerkleHash.Bytes]).AsSpan(at * MerkleHash.Bytes));
        Count++;
    }

    /// <summary>Gives back the blocks that hold nothing from <paramref name="index"/> on; at most <see cref="Count"/>.</summary>
    public void Forget(long index)
    {
        for (var block = 0; block < index / HashesPerBlock; block++)
        {
            blocks[block] = null;
        }
    }
}
