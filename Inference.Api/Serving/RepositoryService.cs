using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Models.Repository;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Serving;

/// <summary>The acts of the model repository, model configuration and statistics extensions, the same for both transports.</summary>
internal sealed class RepositoryService(ModelRepository repository, RepositoryNames names, ModelTable table, LoadSlots loads)
{
    private const string UnloadDependents = "unload_dependents";

    /// <param name="readyOnly">Only what serves; else what can be loaded too, whether it ever was or not.</param>
    /// <exception cref="ServiceError">Unavailable: not <paramref name="readyOnly"/>, and the repository cannot be read.</exception>
    public IEnumerable<ModelIndexEntry> Index(bool readyOnly) => readyOnly
        ? table.Models.Values.SelectMany(ModelIndexEntry.Of).Where(line => line.IsReady)
        : Known().SelectMany(ModelIndexEntry.Of);

    /// <summary>To be called before the body of a load is read, and disposed when the model is loaded.</summary>
    /// <exception cref="ServiceError">InvalidArgument: models are not loaded by request. NotReady: the first loading is not over. Overloaded: as many loads are under way as may be.</exception>
    public IDisposable BeginLoad()
    {
        repository.RequireChangeable();
        return loads.Enter();
    }

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

    /// <summary>The models of the table, and those directories of the repository that it has not seen; ordinal order.</summary>
    private IEnumerable<ModelEntry> Known()
    {
        var models = table.Models;
        return names.Read().Where(name => !models.ContainsKey(name)).Select(name => new ModelEntry(name, []).AsUnloaded())
            .Concat(models.Values).OrderBy(entry => entry.Name, StringComparer.Ordinal);
    }
}
