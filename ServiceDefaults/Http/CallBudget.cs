namespace MlAspire.ServiceDefaults.Http;

/// <summary>How many extra calls (retries, hedges) may be sent: every call earns a share of one, up to a burst. Of n calls at most burst + share · n become extra ones, however many fail. Thread-safe.</summary>
/// <param name="share">Extra calls a call, in (0, 1].</param>
/// <param name="burst">Extra calls that may be saved up; at least 1. It starts with them.</param>
public sealed class CallBudget(double share, double burst)
{
    private readonly Lock gate = new(); // guards the one below
    private double spent; // of the burst

    public void Earn()
    {
        lock (gate)
        {
            spent = Math.Max(0, spent - share);
        }
    }

    /// <summary>Whether an extra call may be sent; it is paid for then.</summary>
    public bool TryTake()
    {
        lock (gate)
        {
            if (spent + 1 > burst)
            {
                return false;
            }

            spent++;
            return true;
        }
    }
}
