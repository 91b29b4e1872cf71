using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Limits;

namespace MlAspire.Inference.Api.Serving;

/// <summary>Bounds the load requests under way, from before their bodies are read until their models are loaded: a body may be as large as a request may be, and takes a multiple of that while it is read.</summary>
internal sealed class LoadSlots(LimitsOptions limits)
{
    private readonly Places places = new(limits.MaxConcurrentLoads);

    /// <summary>Loads under way now.</summary>
    public long Taken => places.Taken;

    /// <summary>Takes a slot; disposing gives it back.</summary>
    /// <exception cref="ServiceError">Overloaded: all slots are taken.</exception>
    public IDisposable Enter() => places.TryEnter() ?? throw new ServiceError(ErrorCode.Overloaded, $"{limits.MaxConcurrentLoads} load requests are under way already");
}
