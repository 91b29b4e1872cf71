using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace MlAspire.Testing;

/// <summary>The log file of a service of this process, as its own formatter wrote it. Its <see cref="Arguments"/> must be there before the service's defaults are added.</summary>
/// <example><c>await ServiceHost.StartAsync((arguments, settings) => GatewayApp.Build([.. arguments, .. log.Arguments], settings))</c></example>
/// <param name="service">What the lines say of the service.</param>
/// <param name="level">From which on lines are written, whatever the service's configuration says.</param>
/// <param name="folder">Where to; null = a folder of its own.</param>
public sealed class WrittenLog(string service = "written", LogLevel level = LogLevel.Debug, string? folder = null) : IDisposable
{
    private readonly DirectoryInfo directory = folder is null ? Directory.CreateTempSubdirectory("mlaspire-log-") : Directory.CreateDirectory(folder);

    public string[] Arguments => [$"--OTEL_SERVICE_NAME={service}", $"--Logging:File:Directory={directory.FullName}", $"--Logging:File:LogLevel:Default={level}"];

    /// <summary>The whole lines that are there now.</summary>
    public IReadOnlyList<string> Lines()
    {
        var path = Path.Combine(directory.FullName, $"{service}.jsonl");
        if (!File.Exists(path))
        {
            return [];
        }

        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Split('\n')[..^1];
    }

    /// <summary>The one line of the first request to <paramref name="route"/>, once it is there.</summary>
    public Task<JsonObject> RequestAsync(string route) => Eventually.ValueAsync($"the line of a request to {route}", () => Task.FromResult(
        Lines().Select(line => JsonNode.Parse(line)!.AsObject()).FirstOrDefault(line => IsOfRequest(line) && (string?)line["route"] == route)));

    /// <summary>Whether it is the one line of a request: an inference's is an event of its own.</summary>
    public static bool IsOfRequest(JsonNode line) => (string?)line["event"] is "request_completed" or "inference_completed";

    public void Dispose() => directory.Delete(recursive: true);
}
