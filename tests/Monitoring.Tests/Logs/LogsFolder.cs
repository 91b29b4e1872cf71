using System.Text;
using System.Text.Json.Nodes;

namespace MlAspire.Monitoring.Tests.Logs;

/// <summary>A folder of log files of a test's own, deleted with it.</summary>
internal sealed class LogsFolder : IDisposable
{
    public static readonly DateTimeOffset Noon = new(2001, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public string Path { get; } = Directory.CreateTempSubdirectory("mlaspire-logs-").FullName;

    public string FileOf(string service) => System.IO.Path.Combine(Directory.CreateDirectory(System.IO.Path.Combine(Path, service)).FullName, $"{service}.jsonl");

    public void Write(string service, params IEnumerable<string> lines) => File.AppendAllText(FileOf(service), string.Concat(lines.Select(line => line + "\n")), new UTF8Encoding(false));

    public static string Line(int second, string message, params (string Name, JsonNode? Value)[] fields) => LineAt(Noon.AddSeconds(second), message, fields);

    public static string LineAt(DateTimeOffset time, string message, params (string Name, JsonNode? Value)[] fields)
    {
        var line = new JsonObject { ["timestamp"] = time.UtcDateTime.ToString("O"), ["level"] = "INFO", ["message"] = message };
        foreach (var (name, value) in fields)
        {
            line[name] = value;
        }

        return line.ToJsonString();
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
