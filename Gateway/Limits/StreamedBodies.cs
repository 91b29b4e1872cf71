using Microsoft.Extensions.Options;
using MlAspire.Gateway.Pipeline;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Limits;

namespace MlAspire.Gateway.Limits;

/// <summary>Bounds the bodies of all requests in progress that are answered as events: each is held until its answer ends. Thread-safe.</summary>
internal sealed class StreamedBodies(IOptions<PipelineOptions> options)
{
    private readonly Places bytes = new(options.Value.StreamedBytes);

    /// <summary>Takes the place of a body, before it is read; disposing the result gives it back.</summary>
    /// <param name="length">In bytes, as the request says it; null = it does not, and the place is that of the largest.</param>
    /// <exception cref="ServiceError">Overloaded: there is no place for it now.</exception>
    public IDisposable Enter(long? length) =>
        bytes.TryEnter(Math.Min(length ?? long.MaxValue, options.Value.MaxStreamedBodyBytes)) // a larger one is refused when it is read
        ?? throw new ServiceError(ErrorCode.Overloaded, "The gateway has as many bytes of streamed requests in progress as it takes.");
}
