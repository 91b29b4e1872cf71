using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Pipeline;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Routing;

/// <summary>The pipelines in the model repository: <c>&lt;repository&gt;/&lt;model&gt;/pipeline.json</c>.</summary>
/// <remarks>Readers take <see cref="Current"/> once a request. <see cref="Reload"/> is called by one loop, and once before the service starts.</remarks>
internal sealed partial class PipelineTable(IOptions<ModelRepositoryOptions> options, ILogger<PipelineTable> log)
{
    private readonly string directory = options.Value.Path;
    private Dictionary<string, FileState> states = [];
    private volatile PipelineSnapshot current = PipelineSnapshot.Empty;

    public PipelineSnapshot Current => current;

    /// <summary>Reads what is new or changed. A file, or the whole repository, that cannot be used is logged once and leaves what was read before in place.</summary>
    public void Reload()
    {
        try
        {
            Take(Folders().ToDictionary(folder => folder.Name, folder => Read(folder.Name, Path.Combine(folder.FullName, PipelineFile.Name))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!current.Broken.ContainsKey(directory))
            {
                LogBroken(directory, e.Message);
                current = current with { Broken = current.Broken.Append(new(directory, e.Message)).ToFrozenDictionary() };
            }
        }
    }

    private void Take(Dictionary<string, FileState> now)
    {
        if (now.Count == states.Count && now.All(entry => ReferenceEquals(states.GetValueOrDefault(entry.Key), entry.Value)) && !current.Broken.ContainsKey(directory))
        {
            return;
        }

        states = now;
        var models = states.Where(state => state.Value.Model is not null).ToFrozenDictionary(state => state.Key, state => state.Value.Model!);
        var broken = states.Where(state => state.Value.Problem is not null).ToDictionary(state => state.Key, state => state.Value.Problem!);
        var fallbacks = FallbacksOf(models, broken);
        current = new(models, broken.ToFrozenDictionary(), fallbacks);
        LogLoaded(models.Count, directory);
    }

    private FrozenDictionary<string, PipelineModel> FallbacksOf(FrozenDictionary<string, PipelineModel> models, Dictionary<string, string> broken)
    {
        var fallbacks = new Dictionary<string, PipelineModel>();
        foreach (var (name, model) in models.Where(each => each.Value.Definition.Fallback is not null))
        {
            var fallback = models.GetValueOrDefault(model.Definition.Fallback!.Model);
            if (Fallback.ProblemOf(model, fallback) is not { } problem)
            {
                fallbacks.Add(name, fallback!);
            }
            else if (broken.TryAdd(name, problem))
            {
                LogBroken(Path.Combine(directory, name, PipelineFile.Name), problem);
            }
        }

        return fallbacks.ToFrozenDictionary();
    }

    private IEnumerable<DirectoryInfo> Folders() =>
        new DirectoryInfo(directory).EnumerateDirectories().Where(folder => File.Exists(Path.Combine(folder.FullName, PipelineFile.Name)));

    private FileState Read(string name, string path)
    {
        var file = new FileInfo(path);
        states.TryGetValue(name, out var before);
        if (before is not null && (before.Changed, before.Bytes) == (file.LastWriteTimeUtc, file.Length))
        {
            return before;
        }

        try
        {
            var definition = PipelineFile.Read(path);
            return definition.Model == name
                ? new(file.LastWriteTimeUtc, file.Length, new(definition), null)
                : Broken($"model: '{definition.Model}' is in the folder '{name}'");
        }
        catch (Exception e) when (e is PipelineFileException or IOException or UnauthorizedAccessException)
        {
            return Broken(e.Message);
        }

        FileState Broken(string problem)
        {
            LogBroken(path, problem);
            return new(file.LastWriteTimeUtc, file.Length, before?.Model, problem);
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.PipelinesLoaded, Level = LogLevel.Information, Message = "{Models} pipelines are loaded from {Directory}.")]
    private partial void LogLoaded(int models, string directory);

    [LoggerMessage(EventName = TelemetryNames.Events.PipelineUnusable, Level = LogLevel.Error, Message = "Pipeline {Path} cannot be used: {Problem}")]
    private partial void LogBroken(string path, string problem);

    private sealed record FileState(DateTime Changed, long Bytes, PipelineModel? Model, string? Problem);
}
