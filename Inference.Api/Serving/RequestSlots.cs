using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Limits;

namespace MlAspire.Inference.Api.Serving;

/// <summary>Bounds the inference requests under way, from before their bodies are read until they are answered.</summary>
internal sealed class RequestSlots(LimitsOptions limits)
{
    private readonly Places places = new(limits.MaxConcurrentRequests);

    /// <summary>Requests under way now.</summary>
    public long Taken => places.Taken;

    /// <summary>Takes a slot; give it back with <see cref="Leave"/>.</summary>
    /// <exception cref="ServiceError">Overloaded: all slots are taken.</exception>
    public void Enter()
    {
        if (!places.TryTake())
        {
            throw new ServiceError(ErrorCode.Overloaded, $"{limits.MaxConcurrentRequests} inference requests are under way already");
        }
    }

    public void Leave() => places.GiveBack();
}
