using System.Text;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Models.Files;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Serving;

/// <summary>The parameters of a load request, with Triton's names.</summary>
/// <param name="Config"><c>config</c>: JSON; null = the model's own config.</param>
/// <param name="Files"><c>file:VERSION/NAME</c>: bytes, over REST in base64; with any of them only they are the model, and a config is needed.</param>
internal sealed record LoadParameters(ModelConfig? Config, IReadOnlyList<FileOverride> Files)
{
    private const string ConfigName = "config";
    private const string FilePrefix = "file:";

    /// <exception cref="ServiceError">InvalidArgument: names the parameter.</exception>
    public static LoadParameters Read(IReadOnlyDictionary<string, object> parameters)
    {
        if (parameters.Keys.FirstOrDefault(name => name != ConfigName && !name.StartsWith(FilePrefix, StringComparison.Ordinal)) is { } unknown)
        {
            throw TensorCheck.Invalid("is not supported; a load takes config and file:VERSION/NAME", $"parameters.{TensorCheck.Short(unknown)}");
        }

        var files = parameters.Where(pair => pair.Key != ConfigName).Select(pair => new FileOverride(pair.Key[FilePrefix.Length..], ReadContent(pair.Key, pair.Value))).ToArray();
        if (files.Length > FileOverrides.MaxFiles)
        {
            throw TensorCheck.Invalid($"more than {FileOverrides.MaxFiles} files", "parameters");
        }

        return files.Length == 0 || parameters.ContainsKey(ConfigName)
            ? new LoadParameters(parameters.TryGetValue(ConfigName, out var text) ? ReadConfig(text) : null, files)
            : throw TensorCheck.Invalid("is needed when files are given", "parameters.config");
    }

    private static ReadOnlyMemory<byte> ReadContent(string name, object value)
    {
        try
        {
            return value switch
            {
                ReadOnlyMemory<byte> bytes => bytes,
                string base64 => Convert.FromBase64String(base64),
                _ => throw TensorCheck.Invalid("must be bytes", $"parameters.{TensorCheck.Short(name)}"),
            };
        }
        catch (FormatException)
        {
            throw TensorCheck.Invalid("is not base64", $"parameters.{TensorCheck.Short(name)}");
        }
    }

    private static ModelConfig ReadConfig(object text)
    {
        try
        {
            return ModelConfigFile.Parse(Encoding.UTF8.GetBytes(text as string ?? throw TensorCheck.Invalid("must be a string of JSON", "parameters.config")));
        }
        catch (InvalidDataException exception)
        {
            throw TensorCheck.Invalid(TensorCheck.Short(exception.Message, ModelEntry.MaxReason), "parameters.config");
        }
    }
}
