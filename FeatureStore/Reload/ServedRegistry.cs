using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore.Reload;

/// <summary>The registry that is served, and what is wrong with a newer file.</summary>
/// <remarks>Readers take <see cref="Current"/> once a request. <see cref="Reload"/> is called by one loop.</remarks>
internal sealed partial class ServedRegistry
{
    private readonly string path;
    private readonly string keyPrefix;
    private readonly TimeProvider time;
    private readonly ILogger<ServedRegistry> log;
    private volatile RegistrySnapshot current;
    private volatile IReadOnlyList<RegistryProblem> problems = [];
    private (DateTime Changed, long Bytes) seen;
    private string told = ""; // the problems that were logged last, since a file was good

    /// <exception cref="RegistryFileException">The file is wrong; names all problems.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public ServedRegistry(IOptions<RegistryOptions> options, IOptions<RedisOptions> redis, TimeProvider time, ILogger<ServedRegistry> log)
    {
        (path, keyPrefix, this.time, this.log) = (Path.Combine(AppContext.BaseDirectory, options.Value.Path), redis.Value.KeyPrefix, time, log);
        seen = Stamp();
        current = Read();
    }

    public RegistrySnapshot Current => current;

    /// <summary>Why the file is not what is served; empty = it is.</summary>
    public IReadOnlyList<RegistryProblem> Problems => problems;

    /// <summary>Takes over a file that has changed. One that cannot be used is logged once, and leaves everything as it was; one that cannot be read is tried again.</summary>
    public void Reload()
    {
        var stamp = Stamp();
        if (stamp == seen)
        {
            return;
        }
        seen = stamp;
        try
        {
            var read = Read();
            if (read.Registry.Project != current.Registry.Project)
            {
                throw new RegistryFileException([new RegistryProblem("$.project", $"is '{current.Registry.Project}' until the store is started anew: it is part of every key")]);
            }
            (problems, told) = ([], "");
            if (read.Sha256 == current.Sha256)
            {
                return;
            }
            current = read;
            LogLoaded(path, read.Registry.Views.Count, read.Registry.Services.Count, read.Sha256);
        }
        catch (RegistryFileException e)
        {
            Refuse(e.Problems);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            seen = default;
            Refuse([new RegistryProblem("$", e.Message)]);
        }
    }

    private void Refuse(IReadOnlyList<RegistryProblem> found)
    {
        problems = found;
        var listed = string.Join("; ", found.Select(problem => $"{problem.Path}: {problem.Message}"));
        if (listed != told)
        {
            LogUnusable(path, found.Count, listed);
        }
        told = listed;
    }

    private RegistrySnapshot Read()
    {
        var bytes = RegistryFile.ReadBytes(path);
        var registry = RegistryFile.Parse(bytes);
        return new RegistrySnapshot(registry, new RedisKeys(registry, keyPrefix), Convert.ToHexStringLower(SHA256.HashData(bytes)), time);
    }

    private (DateTime Changed, long Bytes) Stamp() => new FileInfo(path) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : default;

    [LoggerMessage(EventName = TelemetryNames.Events.RegistryLoaded, Level = LogLevel.Information, Message = "The registry {Path} is taken over: {Views} feature views, {Services} feature services, SHA-256 {Sha256}.")]
    private partial void LogLoaded(string path, int views, int services, string sha256);

    [LoggerMessage(EventName = TelemetryNames.Events.RegistryUnusable, Level = LogLevel.Error, Message = "The registry {Path} cannot be used, and the one before stays; {Count} problems: {Problem}")]
    private partial void LogUnusable(string path, int count, string problem);
}
