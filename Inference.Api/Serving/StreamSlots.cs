using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Limits;

namespace MlAspire.Inference.Api.Serving;

/// <summary>Bounds the streams of inferences that are open: of each one message may be read that no slot is taken for yet (<see cref="RequestSlots"/>).</summary>
internal sealed class StreamSlots(LimitsOptions limits)
{
    private readonly Places places = new(limits.MaxConcurrentStreams);

    /// <summary>Takes a slot; disposing gives it back.</summary>
    /// <exception cref="ServiceError">Overloaded: all slots are taken.</exception>
    public IDisposable Enter() => places.TryEnter() ?? throw new ServiceError(ErrorCode.Overloaded, $"{limits.MaxConcurrentStreams} streams are open already");
}
