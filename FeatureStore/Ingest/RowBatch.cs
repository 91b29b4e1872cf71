using System.Runtime.InteropServices;
using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>The newest of some rows for each key of a row view: what Redis has to compare with what it holds.</summary>
internal sealed class RowBatch
{
    private readonly Dictionary<OnlineKey, Write> newest = [];

    /// <param name="views">Row views of the rows' target that are written.</param>
    /// <param name="which">Positions of the rows that are written.</param>
    public RowBatch(PushedRows rows, IReadOnlyList<RowWriter> views, IEnumerable<int> which)
    {
        if (views.Count == 0)
        {
            return;
        }
        foreach (var row in which)
        {
            foreach (var view in views)
            {
                Add(view.Key(rows.Row(row)), view.Pack(rows.EventTimes[row], rows.Row(row)));
            }
        }
    }

    /// <summary>Every key that may change, with its row.</summary>
    public IReadOnlyCollection<Write> Rows => newest.Values;

    private void Add(OnlineKey key, byte[] packed)
    {
        ref var stored = ref CollectionsMarshal.GetValueRefOrAddDefault(newest, key, out var exists);
        var isNewer = !exists || packed.AsSpan().SequenceCompareTo(stored.Packed) > 0;
        stored = new Write(key, isNewer ? packed : stored.Packed, exists ? stored.Superseded + 1 : 0);
    }
}
