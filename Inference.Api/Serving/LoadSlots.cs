using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Serving;

/// <summary>Bounds the load requests under way, from before their bodies are read until their models are loaded: a body may be as large as a request may be, and takes a multiple of that while it is read.</summary>
internal sealed class LoadSlots(LimitsOptions limits)
{
    private int taken;

    /// <summary>Loads under way now.</summary>
    public int Taken => Volatile.Read(ref taken);

    /// <summary>Takes a slot; disposing gives it back.</summary>
    /// <exception cref="ServiceError">Overloaded: all slots are taken.</exception>
    public IDisposable Enter()
    {
        if (Interlocked.Increment(ref taken) > limits.MaxConcurrentLoads)
        {
            Interlocked.Decrement(ref taken);
            throw new ServiceError(ErrorCode.Overloaded, $"{limits.MaxConcurrentLoads} load requests are under way already");
        }

        return new Slot(this);
    }

    private sealed class Slot(LoadSlots slots) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref slots.taken);
    }
}
