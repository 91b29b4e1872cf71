using System.Runtime.InteropServices;
using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>The newest of some rows for each key of a row view: what Redis has to compare with what it holds.</summary>
internal sealed class RowBatch
{
    private readonly Dictionary<OnlineKey, byte[]> newest = [];

    /// <param name="firstRow">Rows before it are left out.</param>
    public RowBatch(PushedRows rows, int firstRow)
    {
        foreach (var writer in rows.Target.Rows)
        {
            for (var row = firstRow; row < rows.Count; row++) { Add(writer.Key(rows.Row(row)), writer.Pack(rows.EventTimes[row], rows.Row(row))); }
        }
    }

    /// <summary>Every key that may change, with its row.</summary>
    public IReadOnlyDictionary<OnlineKey, byte[]> Rows => newest;

    /// <summary>Rows that another of the batch is newer than, or equal to.</summary>
    public int Superseded { get; private set; }

    private void Add(OnlineKey key, byte[] packed)
    {
        ref var stored = ref CollectionsMarshal.GetValueRefOrAddDefault(newest, key, out var exists);
        if (exists) { Superseded++; }
        if (!exists || packed.AsSpan().SequenceCompareTo(stored) > 0) { stored = packed; }
    }
}
