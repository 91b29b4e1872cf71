using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class MerkleTests
{
    // The reference leaves of Certificate Transparency.
    private static readonly string[] Reference = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9c")]
    [InlineData(2, "fac54203")]
    [InlineData(3, "aeb6bcfe")]
    [InlineData(4, "d37ee418")]
    [InlineData(5, "4e3bbb1f")]
    [InlineData(6, "76e67dad")]
    [InlineData(7, "ddb89be4")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void Roots_are_those_of_the_reference_also_of_earlier_sizes(int size, string root)
    {
        var tree = new MerkleTree();
        Array.ForEach(Reference, leaf => tree.Append(MerkleHash.OfLeaf(Convert.FromHexString(leaf))));

        Assert.StartsWith(root, Convert.ToHexStringLower(tree.Root(size)), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_inclusion_proof_up_to_64_records_holds_and_every_change_of_it_does_not()
    {
        var (tree, changed) = (TreeOf(64), 0);
        for (var size = 1; size <= 64; size++)
        {
            var root = tree.Root(size);
            for (var index = 0; index < size; index++)
            {
                var (leaf, proof) = (LeafOf(index), tree.InclusionProof(index, size));
                Assert.True(MerkleProof.Includes(leaf, index, size, proof, root), $"{index} of {size}");
                Assert.False(MerkleProof.Includes(Flip(leaf), index, size, proof, root));
                Assert.False(MerkleProof.Includes(leaf, index, size, proof, Flip(root)));
                Assert.False(MerkleProof.Includes(leaf, index, size, [.. proof, root], root));
                Assert.False(proof.Count > 0 && MerkleProof.Includes(leaf, index, size, [.. proof.Take(proof.Count - 1)], root));
                Assert.All(Enumerable.Range(0, size).Where(other => other != index), other => Assert.False(MerkleProof.Includes(leaf, other, size, proof, root)));
                for (var i = 0; i < proof.Count; i++, changed++)
                {
                    Assert.False(MerkleProof.Includes(leaf, index, size, [.. proof.Take(i), Flip(proof[i]), .. proof.Skip(i + 1)], root));
                }
            }
        }

        Assert.InRange(changed, 8_000, 12_500); // at most 6 hashes for each of 2,080 proofs: something was changed
    }

    [Fact]
    public void Every_consistency_proof_up_to_64_records_holds_and_every_change_of_it_does_not()
    {
        var tree = TreeOf(64);
        for (var newSize = 1; newSize <= 64; newSize++)
        {
            for (var oldSize = 1; oldSize <= newSize; oldSize++)
            {
                var (oldRoot, newRoot, proof) = (tree.Root(oldSize), tree.Root(newSize), tree.ConsistencyProof(oldSize, newSize));
                Assert.True(MerkleProof.Extends(oldSize, oldRoot, newSize, newRoot, proof), $"{oldSize} to {newSize}");
                Assert.False(MerkleProof.Extends(oldSize, Flip(oldRoot), newSize, newRoot, proof));
                Assert.False(MerkleProof.Extends(oldSize, oldRoot, newSize, Flip(newRoot), proof));
                Assert.False(MerkleProof.Extends(oldSize, oldRoot, newSize, newRoot, [.. proof, newRoot]));
                Assert.False(proof.Count > 0 && MerkleProof.Extends(oldSize, oldRoot, newSize, newRoot, [.. proof.Take(proof.Count - 1)]));
                for (var i = 0; i < proof.Count; i++)
                {
                    Assert.False(MerkleProof.Extends(oldSize, oldRoot, newSize, newRoot, [.. proof.Take(i), Flip(proof[i]), .. proof.Skip(i + 1)]));
                }
            }
        }
    }

    [Fact]
    public void A_log_whose_past_was_rewritten_has_no_consistency_proof()
    {
        var (honest, rewritten) = (TreeOf(40), new MerkleTree());
        for (var i = 0; i < 50; i++)
        {
            rewritten.Append(i == 7 ? LeafOf(1_000) : LeafOf(i));
        }

        Assert.False(MerkleProof.Extends(40, honest.Root(), 50, rewritten.Root(), rewritten.ConsistencyProof(40, 50)));
    }

    [Fact]
    public void Nothing_is_the_beginning_of_everything_and_a_wrong_length_is_no_hash()
    {
        var tree = TreeOf(3);

        Assert.True(MerkleProof.Extends(0, MerkleHash.OfNothing, 3, tree.Root(), tree.ConsistencyProof(0, 3)));
        Assert.False(MerkleProof.Extends(0, tree.Root(2), 3, tree.Root(), []));
        Assert.False(MerkleProof.Includes([1], 0, 1, [], [1]));
        Assert.False(MerkleProof.Includes(LeafOf(0), 0, 3, [[1, 2, 3]], tree.Root()));
    }

    [Theory]
    [InlineData(5_000)]
    [InlineData(9_001)]
    [InlineData(16_384)]
    [InlineData(20_000)]
    public void Roots_and_proofs_stay_when_records_are_forgotten_and_those_of_kept_records_need_none_of_them(int forgotten)
    {
        const int Size = 20_000;
        var asked = 0L;
        var (whole, tree) = (TreeOf(Size), new MerkleTree((start, end) =>
        {
            asked += end - start;
            return Enumerable.Range((int)start, (int)(end - start)).Select(LeafOf);
        }));
        for (var i = 0; i < Size; i++)
        {
            tree.Append(LeafOf(i));
        }

        tree.Forget(forgotten);

        Assert.All(Enumerable.Range(forgotten, Size - forgotten).Where(index => index % 97 == 0), index => Assert.Equal(whole.InclusionProof(index, Size), tree.InclusionProof(index, Size)));
        Assert.Equal(whole.Root(), tree.Root());
        Assert.Equal(0, asked);
        int[] places = [1, 2, 4_095, 4_096, 4_097, 8_191, 8_192, 9_000, 9_001, 16_383, 16_384, 19_999, Size];
        Assert.All(places, size =>
        {
            Assert.Equal(whole.Root(size), tree.Root(size));
            Assert.All(places.Where(place => place <= size), place => Assert.Equal(whole.ConsistencyProof(place, size), tree.ConsistencyProof(place, size)));
            Assert.All(places.Where(place => place <= size), place => Assert.Equal(whole.InclusionProof(place - 1, size), tree.InclusionProof(place - 1, size)));
        });
        Assert.True(asked > 0);
        Assert.All(Enumerable.Range(Size, 5_000), i =>
        {
            whole.Append(LeafOf(i));
            tree.Append(LeafOf(i));
        });
        Assert.Equal(whole.Root(), tree.Root());
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(-1, 3)]
    [InlineData(0, 4)]
    public void There_is_no_proof_of_what_is_not_there(int index, int size) => Assert.Throws<ArgumentOutOfRangeException>(() => TreeOf(3).InclusionProof(index, size));

    private static MerkleTree TreeOf(int size)
    {
        var tree = new MerkleTree();
        for (var i = 0; i < size; i++)
        {
            tree.Append(LeafOf(i));
        }

        return tree;
    }

    private static byte[] LeafOf(int index) => MerkleHash.OfLeaf(BitConverter.GetBytes(index));

    private static byte[] Flip(byte[] hash)
    {
        var copy = hash.ToArray();
        copy[hash.Length / 2] ^= 1;
        return copy;
    }
}
