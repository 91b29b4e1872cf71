namespace MlAspire.Inference.Api.Batching;

/// <summary>Requests that run together. Who leaves does not touch the others; when the last has left, the run itself is stopped.</summary>
internal sealed class RunningBatch(IReadOnlyList<PendingRun> members) : IDisposable
{
    private readonly Lock gate = new(); // guards present, and stop against being cancelled after it was disposed
    private readonly CancellationTokenSource stop = new();
    private int present = members.Count;

    public IReadOnlyList<PendingRun> Members => members;

    public long Rows { get; } = members.Sum(member => member.Run.Rows);

    /// <summary>Cancelled when every member has left.</summary>
    public CancellationToken Stopped => stop.Token;

    /// <summary>A member's caller has gone. It is answered when the run has ended, because the run reads its memory until then.</summary>
    public void Leave()
    {
        lock (gate)
        {
            if (--present == 0)
            {
                stop.Cancel();
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            present = 0; // whoever leaves from now on counts below 0
            stop.Dispose();
        }
    }
}
