using System.Runtime.CompilerServices;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Segments;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Audit;

[Collection(nameof(LedgerTests))]
[CollectionDefinition(nameof(LedgerTests), DisableParallelization = true)] // the memory of this test alone
public sealed class LedgerTests
{
    private const int PerSegment = 30_000;

    [Fact]
    public void A_record_takes_about_110_bytes_until_retention_removes_it()
    {
        // What else comes and goes meanwhile, such as buffers that earlier tests left to the pools, is in the figures: of some measurements the one with the least of it counts.
        var measured = new List<(long Full, long Left, long After)>();
        do
        {
            measured.Add(Measure());
        }
        while (measured.Count < 5 && Math.Abs(measured[^1].After) >= 1_000_000);
        var (full, left, _) = measured.MinBy(each => Math.Abs(each.After));

        Assert.InRange(full / (10 * PerSegment), 80, 150);
        Assert.InRange((full - left) / (9 * PerSegment), 80, 150);
    }

    [Fact]
    public void What_is_forgotten_changes_no_root_and_no_proof_of_what_is_kept()
    {
        var ledger = Filled();
        var root = ledger.Root();

        ledger.Forget(9 * PerSegment);

        Assert.Equal(root, ledger.Root(), (a, b) => a.Size == b.Size && a.Root.AsSpan().SequenceEqual(b.Root));
        Assert.Empty(ledger.Find("7"));
        Assert.Equal([(9L * PerSegment) + 7], ledger.Find($"{(9 * PerSegment) + 7}"));
        Assert.NotNull(ledger.Inclusion(9 * PerSegment, 10 * PerSegment));
    }

    /// <summary>Bytes more in use than before: with ten segments, with the newest of them alone, and afterwards.</summary>
    private static (long Full, long Left, long After) Measure()
    {
        var before = MemoryInUse.Settled();
        var (full, left) = InUse();
        return (full - before, left - before, MemoryInUse.Settled() - before);
    }

    /// <summary>By itself, so that nothing of it is in use when it has ended.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (long Full, long Left) InUse()
    {
        var ledger = Filled();
        var full = MemoryInUse.Settled();
        ledger.Forget(9 * PerSegment);
        var left = MemoryInUse.Settled();
        GC.KeepAlive(ledger);
        return (full, left);
    }

    private static Ledger Filled()
    {
        var ledger = new Ledger((_, _) => throw new InvalidOperationException("nothing of what is forgotten is needed"));
        for (var segment = 0; segment < 10; segment++)
        {
            ledger.Add(segment * PerSegment, Enumerable.Range(segment * PerSegment, PerSegment).Select(i =>
                (new SegmentEntry(MerkleHash.OfLeaf(BitConverter.GetBytes(i)), 100, IdIndex.KeyOf($"{i}"), null), (i % PerSegment + 1) * 100L)));
        }

        return ledger;
    }
}
