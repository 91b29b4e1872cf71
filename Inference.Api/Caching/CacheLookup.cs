using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Caching;

/// <summary>What a look into the cache brought.</summary>
/// <param name="Outputs">Null = a miss.</param>
/// <param name="Elapsed">How long the look took.</param>
internal sealed record CacheLookup(ModelCache Cache, ReadOnlyMemory<byte> Key, IReadOnlyList<Tensor>? Outputs, TimeSpan Elapsed)
{
    /// <summary>After a miss: keeps the answer.</summary>
    /// <returns>How long the look and the keeping took.</returns>
    public TimeSpan Keep(IReadOnlyList<Tensor> outputs) => Elapsed + Cache.Keep(Key, outputs);
}
