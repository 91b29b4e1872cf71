using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Pipelines.Train;

/// <summary>Where models are written; section <c>ModelRepository</c>.</summary>
public sealed class ModelRepositoryOptions
{
    /// <summary>Folder of the model repository; relative to the working directory. Default: <c>models</c>.</summary>
    [Required]
    public string Path { get; set; } = "models";
}

[OptionsValidator]
internal sealed partial class ModelRepositoryOptionsValidator : IValidateOptions<ModelRepositoryOptions>;
