using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Pipeline;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Routing;

/// <summary>The pipelines in the model repository: <c>&lt;repository&gt;/&lt;model&gt;/pipeline.json</c>.</summary>
/// <remarks>
/// Readers take <see cref="Current"/> once a request. <see cref="ReloadAsync"/> is called by one loop, and once before the service starts.
/// A change is in the audit log before it holds; with <see cref="AuditMode.BestEffort"/> it holds nevertheless, and its record comes when the log can be written.
/// </remarks>
internal sealed partial class PipelineTable(IOptions<ModelRepositoryOptions> options, IOptions<AuditOptions> auditing, AuditLog audit, TimeProvider time, ILogger<PipelineTable> log)
{
    private readonly string directory = options.Value.Path;
    private Dictionary<string, FileState> states = [];
    private bool unrecorded; // what holds has no record yet
    private volatile PipelineSnapshot current = PipelineSnapshot.Empty;

    // By model, the file that the audit log says to hold.
    private readonly Dictionary<string, string> recorded = audit.Events.Select(PipelineChange.Parse).OfType<PipelineChange>()
        .GroupBy(change => change.Model).Where(changes => changes.Last().Pipeline is not null).ToDictionary(changes => changes.Key, changes => changes.Last().Pipeline!.Sha256);

    public PipelineSnapshot Current => current;

    /// <summary>Reads what is new or changed. A file, or the whole repository, that cannot be used is logged once and leaves what was read before in place; so does an audit log that must have the change and cannot be written.</summary>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        if (Read() is not { } now)
        {
            return;
        }

        var isNew = now.Count != states.Count || now.Any(entry => !ReferenceEquals(states.GetValueOrDefault(entry.Key), entry.Value)) || current.Broken.ContainsKey(directory);
        if ((isNew || unrecorded) && await TryRecordAsync(now, cancellationToken) && isNew)
        {
            TakeOver(now); // else the log has said so, and the next time what changed is read again
        }
    }

    private void TakeOver(Dictionary<string, FileState> now)
    {
        var models = now.Where(state => state.Value.Model is not null).ToFrozenDictionary(state => state.Key, state => state.Value.Model!);
        var broken = now.Where(state => state.Value.Problem is not null).ToDictionary(state => state.Key, state => state.Value.Problem!);
        var fallbacks = FallbacksOf(models, broken);
        (states, current) = (now, new(models, broken.ToFrozenDictionary(), fallbacks));
        LogLoaded(models.Count, directory);
    }

    /// <returns>Whether what changed may hold.</returns>
    private async Task<bool> TryRecordAsync(Dictionary<string, FileState> now, CancellationToken cancellationToken)
    {
        try
        {
            await RecordAsync(now, cancellationToken);
            unrecorded = false;
            return true;
        }
        catch (IOException e) when (auditing.Value.Mode == AuditMode.BestEffort)
        {
            if (!unrecorded)
            {
                LogUnrecorded(e, e.Message);
            }

            return unrecorded = true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task RecordAsync(Dictionary<string, FileState> now, CancellationToken cancellationToken)
    {
        PipelineChange[] changes =
        [
            .. now.Where(state => state.Value.Sha256 is { } sha256 && recorded.GetValueOrDefault(state.Key) != sha256).Select(state => ChangeOf(state.Key, PipelineInForce.Of(state.Value.Model!.Definition, state.Value.Sha256!))),
            .. recorded.Keys.Where(model => now.GetValueOrDefault(model)?.Model is null).Select(model => ChangeOf(model, null)),
        ];
        if (changes.Length > 0)
        {
            await audit.AppendAsync([.. changes.Select(change => change.ToJson())], cancellationToken);
        }

        foreach (var change in changes)
        {
            recorded.Remove(change.Model);
            if (change.Pipeline is { } pipeline)
            {
                recorded.Add(change.Model, pipeline.Sha256);
            }
        }
    }

    private PipelineChange ChangeOf(string model, PipelineInForce? pipeline) => new(AuditRecord.Schema, PipelineChange.EventName, time.GetUtcNow(), model, pipeline);

    /// <summary>Null when the repository cannot be read.</summary>
    private Dictionary<string, FileState>? Read()
    {
        try
        {
            return Folders().ToDictionary(folder => folder.Name, folder => Read(folder.Name, Path.Combine(folder.FullName, PipelineFile.Name)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!current.Broken.ContainsKey(directory))
            {
                LogBroken(directory, e.Message);
                current = current with { Broken = current.Broken.Append(new(directory, e.Message)).ToFrozenDictionary() };
            }

            return null;
        }
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
            var bytes = File.ReadAllBytes(path);
            var definition = PipelineFile.Parse(bytes, path);
            return definition.Model == name
                ? new(file.LastWriteTimeUtc, file.Length, new(definition), Convert.ToHexStringLower(SHA256.HashData(bytes)), null)
                : Broken($"model: '{definition.Model}' is in the folder '{name}'");
        }
        catch (PipelineFileException e)
        {
            return Broken(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) // of now: it is read again the next time, and said again when it is for another reason
        {
            return before is { Changed: null } && before.Problem == e.Message ? before : Broken(e.Message) with { Changed = null };
        }

        FileState Broken(string problem)
        {
            LogBroken(path, problem);
            return new(file.LastWriteTimeUtc, file.Length, before?.Model, before?.Sha256, problem);
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.PipelinesLoaded, Level = LogLevel.Information, Message = "{Models} pipelines are loaded from {Directory}.")]
    private partial void LogLoaded(int models, string directory);

    [LoggerMessage(EventName = TelemetryNames.Events.PipelineUnusable, Level = LogLevel.Error, Message = "Pipeline {Path} cannot be used: {Problem}")]
    private partial void LogBroken(string path, string problem);

    [LoggerMessage(EventName = TelemetryNames.Events.PipelinesUnrecorded, Level = LogLevel.Critical, Message = "Pipelines hold without their record in the audit log, which comes when the log can be written: {Reason}")]
    private partial void LogUnrecorded(Exception exception, string reason);

    /// <param name="Changed">Null: it could not be read.</param>
    private sealed record FileState(DateTime? Changed, long Bytes, PipelineModel? Model, string? Sha256, string? Problem);
}
