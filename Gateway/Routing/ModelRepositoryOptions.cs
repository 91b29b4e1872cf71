using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Gateway.Routing;

/// <summary>Section <c>ModelRepository</c>: the folder with one folder a model, shared with Inference.Api.</summary>
public sealed class ModelRepositoryOptions
{
    /// <summary>Absolute path of the model repository; there is no default.</summary>
    [Required]
    public string Path { get; set; } = "";
}

[OptionsValidator]
internal sealed partial class ModelRepositoryOptionsValidator : IValidateOptions<ModelRepositoryOptions>;
