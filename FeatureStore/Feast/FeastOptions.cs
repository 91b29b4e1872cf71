using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.FeatureStore.Feast;

/// <summary>Section <c>Feast</c>.</summary>
public sealed class FeastOptions
{
    public const string Section = "Feast";

    /// <summary>Bytes of a body that Feast's clients write, which Feast does not bound; 1 MiB to 1 GiB, default 64 MiB. What is larger is 413.</summary>
    [Range(1 << 20, 1 << 30)]
    public int MaxBodyBytes { get; init; } = 64 << 20;
}

[OptionsValidator]
internal sealed partial class FeastOptionsValidator : IValidateOptions<FeastOptions>;
