using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dcp;

/// <summary>
/// DCP's own lines about a workload, four fields separated by tabs:
/// <code>2026-01-31T10:11:12.123Z	error	ExecutableReconciler	Failed to start a process	{"Executable": "/x", "error": "no such file"}</code>
/// </summary>
internal static class SystemLine
{
    /// <returns>The line as <c>2026-01-31T10:11:12.123Z [sys] Failed to start a process: no such file</c>.</returns>
    public static LogEntry? Parse(string line)
    {
        var fields = line.Split('\t');
        if (fields.Length < 4)
        {
            return line.Length == 0 ? null : LogEntry.Parse(line, isError: false);
        }

        var detail = fields.Length > 4 ? Detail(fields[4]) : "";
        var time = DateTimeOffset.TryParse(fields[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed) ? parsed : DateTimeOffset.MinValue;
        return new LogEntry(time, $"{fields[0]} [sys] {fields[3]}{detail}", IsError: fields[1] == "error");
    }

    private static string Detail(string json)
    {
        try
        {
            var values = JsonNode.Parse(json);
            var text = (string?)values?["error"] ?? Command(values);
            return text is null ? "" : $": {text}";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    /// <summary>Only the program: its arguments may hold secrets.</summary>
    private static string? Command(JsonNode? values) => (string?)values?["Cmd"];
}
