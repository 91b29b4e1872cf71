using System.Text.Json;

namespace MlAspire.Monitoring.Failures;

/// <summary>Members of records and lines that others wrote.</summary>
internal static class JsonMembers
{
    /// <summary>The text of a member; null when it is not there, or is no text.</summary>
    public static string? TextOf(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;

    /// <summary>When a record or a line is of; it has a <c>timestamp</c>.</summary>
    public static DateTimeOffset Time(this JsonElement element) => element.GetProperty("timestamp").GetDateTimeOffset();
}
