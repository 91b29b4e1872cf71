using MlAspire.Gateway.Audit.Proofs;

namespace MlAspire.Gateway.Audit;

/// <summary>A growing list of hashes without an object for each: 32 bytes a hash, in blocks that never move.</summary>
internal sealed class PackedHashes
{
    private const int HashesPerBlock = 1 << 12;

    private readonly List<byte[]> blocks = [];

    public long Count { get; private set; }

    public ReadOnlySpan<byte> this[long index] =>
        blocks[(int)(index / HashesPerBlock)].AsSpan((int)(index % HashesPerBlock) * MerkleHash.Bytes, MerkleHash.Bytes);

    public void Add(ReadOnlySpan<byte> hash)
    {
        var at = (int)(Count % HashesPerBlock);
        if (at == 0)
        {
            blocks.Add(new byte[HashesPerBlock * MerkleHash.Bytes]);
        }

        hash.CopyTo(blocks[^1].AsSpan(at * MerkleHash.Bytes));
        Count++;
    }
}
