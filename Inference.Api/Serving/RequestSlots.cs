using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Serving;

/// <summary>Bounds the inference requests under way, from before their bodies are read until they are answered.</summary>
internal sealed class RequestSlots(LimitsOptions limits)
{
    private int taken;

    /// <summary>Requests under way now.</summary>
    public int Taken => Volatile.Read(ref taken);

    /// <summary>Takes a slot; give it back with <see cref="Leave"/>.</summary>
    /// <exception cref="ServiceError">Overloaded: all slots are taken.</exception>
    public void Enter()
    {
        if (Interlocked.Increment(ref taken) > limits.MaxConcurrentRequests)
        {
            Interlocked.Decrement(ref taken);
            throw new ServiceError(ErrorCode.Overloaded, $"{limits.MaxConcurrentRequests} inference requests are under way already");
        }
    }

    public void Leave() => Interlocked.Decrement(ref taken);
}
