using MlAspire.FeatureStore.Ingest;

namespace MlAspire.FeatureStore.Offline;

/// <summary>A push on its way; encoded by its caller, so that the one loop only writes.</summary>
internal sealed class WaitingPush(PushedRows rows)
{
    public PushedRows Rows { get; private set; } = rows;
    public byte[] Frame { get; } = LogFrame.Encode(rows);
    public long Sequence { get; private set; }
    public TaskCompletionSource<Applied> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void At(long sequence, string log)
    {
        Sequence = sequence;
        var place = Offsets.OfLog(log, sequence);
        Rows = Rows with { Offsets = Rows.Offsets ?? place, Log = place };
    }
}
