using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.FeatureStore.Reload;

/// <summary>Section <c>Registry</c>.</summary>
public sealed class RegistryOptions
{
    public const string Section = "Registry";

    /// <summary>Path of the registry file; relative paths start at the folder of the program. A changed file is taken over within 2 s. Default: the shipped <c>features.json</c>.</summary>
    [Required]
    public string Path { get; init; } = "features.json";
}

[OptionsValidator]
internal sealed partial class RegistryOptionsValidator : IValidateOptions<RegistryOptions>;
