using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Inference.Api.Models;

/// <summary>Where the models are. Section <c>ModelRepository</c>.</summary>
public sealed class ModelRepositoryOptions
{
    public const string Section = "ModelRepository";

    /// <summary>The directory that holds <c>&lt;name&gt;/config.json</c> and <c>&lt;name&gt;/&lt;version&gt;/model.onnx</c>. Required; it must exist.</summary>
    [Required]
    public string Path { get; set; } = "";
}

/// <summary>Checks <see cref="ModelRepositoryOptions"/> at start.</summary>
[OptionsValidator]
internal sealed partial class ModelRepositoryOptionsValidator : IValidateOptions<ModelRepositoryOptions>;
