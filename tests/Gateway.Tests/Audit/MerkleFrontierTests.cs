using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit;

namespace MlAspire.Gateway.Tests.Audit;

public sealed class MerkleFrontierTests
{
    // The reference leaves of Certificate Transparency; the root over all eight is the published one, also checked in MerkleTests.
    [Fact]
    public void The_root_over_the_reference_leaves_is_the_published_one()
    {
        var frontier = new MerkleFrontier();
        Assert.Equal(MerkleHash.OfNothing, frontier.Root());

        foreach (var leaf in (string[])["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"])
        {
            frontier.Append(MerkleHash.OfLeaf(Convert.FromHexString(leaf)));
        }

        Assert.Equal("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328", Convert.ToHexStringLower(frontier.Root()));
    }

    [Fact]
    public void It_is_the_tree_s_root_at_every_size()
    {
        var (frontier, tree) = (new MerkleFrontier(), new MerkleTree());
        for (var size = 1; size <= 130; size++)
        {
            var leaf = MerkleHash.OfLeaf(BitConverter.GetBytes(size));
            frontier.Append(leaf);
            tree.Append(leaf);

            Assert.Equal((tree.Size, Convert.ToHexString(tree.Root())), (frontier.Size, Convert.ToHexString(frontier.Root())));
        }
    }
}
