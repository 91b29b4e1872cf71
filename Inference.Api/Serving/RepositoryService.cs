using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Models.Repository;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Serving;

/// <summary>The acts of the model repository, model configuration and statistics extensions, the same for both transports.</summary>
internal sealed class RepositoryService(ModelRepository repository, ModelTable table)
{
    private const string UnloadDependents = "unload_dependents";

    /// <param name="readyOnly">Only what serves.</param>
    public IEnumerable<ModelIndexEntry> Index(bool readyOnly) => table.Models.Values.SelectMany(ModelIndexEntry.Of).Where(line => !readyOnly || line.IsReady);

    /// <param name="parameters">See <see cref="LoadParameters"/>.</param>
    /// <exception cref="ServiceError">NotFound; InvalidArgument: an unknown parameter, or the reason why the model cannot be loaded.</exception>
    public Task LoadAsync(string model, IReadOnlyDictionary<string, object> parameters, CancellationToken cancellationToken)
    {
        var load = LoadParameters.Read(parameters);
        return repository.LoadAsync(model, load.Config, load.Files, cancellationToken);
    }

    public Task UnloadAsync(string model, CancellationToken cancellationToken) => repository.UnloadAsync(model, cancellationToken);

    /// <exception cref="ServiceError">InvalidArgument: a parameter other than unload_dependents, which means nothing where models have no dependents.</exception>
    public static void CheckUnload(IReadOnlyDictionary<string, object> parameters)
    {
        if (parameters.Keys.FirstOrDefault(name => name != UnloadDependents) is { } unknown)
        {
            throw TensorCheck.Invalid("is not supported; an unload takes unload_dependents", $"parameters.{TensorCheck.Short(unknown)}");
        }
    }

    /// <param name="model">Null = all models.</param>
    /// <param name="version">Null = all versions that serve.</param>
    /// <exception cref="ServiceError">NotFound, NotReady.</exception>
    public IEnumerable<LoadedModel> Statistics(string? model, string? version) =>
        string.IsNullOrEmpty(model) ? table.Models.Values.SelectMany(entry => entry.Ready).Select(entry => entry.Model!)
        : string.IsNullOrEmpty(version) ? table.Get(model).Ready.Select(entry => entry.Model!)
        : [table.Find(model, version).Model!];

    /// <exception cref="ServiceError">NotFound, NotReady.</exception>
    public ModelConfig Config(string model, string? version) => table.Find(model, version).Model!.EffectiveConfig;
}
