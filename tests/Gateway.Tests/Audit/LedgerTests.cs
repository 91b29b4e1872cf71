using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Segments;

namespace MlAspire.Gateway.Tests.Audit;

[Collection(nameof(LedgerTests))]
[CollectionDefinition(nameof(LedgerTests), DisableParallelization = true)] // the memory of this test alone
public sealed class LedgerTests
{
    private const int PerSegment = 30_000;

    [Fact]
    public void A_record_takes_about_110_bytes_until_retention_removes_it()
    {
        var ledger = new Ledger((_, _) => throw new InvalidOperationException("nothing of what is forgotten is needed"));
        var before = Settled();
        for (var segment = 0; segment < 10; segment++)
        {
            ledger.Add(segment * PerSegment, Enumerable.Range(segment * PerSegment, PerSegment).Select(i =>
                (new SegmentEntry(MerkleHash.OfLeaf(BitConverter.GetBytes(i)), 100, PredictionIndex.KeyOf($"{i}"), null), (i % PerSegment + 1) * 100L)));
        }

        var (full, root) = (Settled() - before, ledger.Root());
        ledger.Forget(9 * PerSegment);
        var left = Settled() - before;

        Assert.InRange(full / (10 * PerSegment), 80, 150);
        Assert.InRange((full - left) / (9 * PerSegment), 80, 150);
        Assert.Equal(root, ledger.Root(), (a, b) => a.Size == b.Size && a.Root.AsSpan().SequenceEqual(b.Root));
        Assert.Empty(ledger.Find("7"));
        Assert.Equal([(9L * PerSegment) + 7], ledger.Find($"{(9 * PerSegment) + 7}"));
        Assert.NotNull(ledger.Inclusion(9 * PerSegment, 10 * PerSegment));
    }

    /// <summary>Bytes in use, once what the tests before left behind is gone.</summary>
    private static long Settled()
    {
        var (before, now) = (long.MaxValue, GC.GetTotalMemory(forceFullCollection: true));
        while (before - now > 100_000)
        {
            GC.WaitForPendingFinalizers();
            (before, now) = (now, GC.GetTotalMemory(forceFullCollection: true));
        }

        return now;
    }
}
