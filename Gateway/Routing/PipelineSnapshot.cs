using System.Collections.Frozen;
using MlAspire.Gateway.Pipeline.Definition;

namespace MlAspire.Gateway.Routing;

/// <summary>The models that can be asked, and those that cannot with the reason; immutable, swapped whole.</summary>
/// <param name="Models">By name.</param>
/// <param name="Broken">Reason by name of the model's folder, or by the repository's path when that cannot be read; may also name a model that still works, with what was read before or without its fallback.</param>
/// <param name="Fallbacks">By name of the model that they answer for.</param>
internal sealed record PipelineSnapshot(FrozenDictionary<string, PipelineModel> Models, FrozenDictionary<string, string> Broken, FrozenDictionary<string, PipelineModel> Fallbacks)
{
    public static PipelineSnapshot Empty { get; } = new(FrozenDictionary<string, PipelineModel>.Empty, FrozenDictionary<string, string>.Empty, FrozenDictionary<string, PipelineModel>.Empty);
}
