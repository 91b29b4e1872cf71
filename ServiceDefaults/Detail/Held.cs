using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary>A line or a span that waits for the verdict on its trace. One of the two methods is called, once.</summary>
/// <param name="flow">On whose way it is.</param>
internal abstract class Held(SinkFlow flow)
{
    public SinkFlow Flow => flow;

    /// <summary>It is sent.</summary>
    public abstract void Release();

    /// <summary>It is not: the trace is not worth it (<paramref name="sampled"/>), or there was no room for it.</summary>
    public virtual void Discard(bool sampled)
    {
        if (sampled)
        {
            flow.Sampled();
        }
        else
        {
            flow.Dropped("ring_full");
        }
    }
}
