using System.Text.Encodings.Web;
using System.Text.Json;
using MlAspire.ServiceDefaults.Redaction;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>What there is to know of the name of a value in a log event, worked out once a name.</summary>
internal sealed class FieldName
{
    // Fields of ASP.NET Core's scopes that the ids of the span already tell; a message's own field of such a name stays.
    private static readonly HashSet<string> Noise = ["ConnectionId", "RequestId", "SpanId", "TraceId", "ParentId", "ActionId", "ActionName"];

    // A field of a message must not pass for one of the line's own.
    private static readonly HashSet<string> Reserved =
        ["timestamp", "level", "message", "module", "event", "service", "trace_id", "span_id", "trace_flags", "correlation_id", "exception_type", "exception_message", "exception_stacktrace"];

    private static readonly KnownNames<FieldName> Known = new(name => new FieldName(name));

    private FieldName(string name)
    {
        Text = JsonNamingPolicy.SnakeCaseLower.ConvertName(name).Replace('.', '_');
        Hash = Text.GetHashCode(StringComparison.Ordinal);
        Json = JsonEncodedText.Encode(Reserved.Contains(Text) ? $"extra_{Text}" : Text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        IsNoise = Noise.Contains(name);
    }

    /// <summary>In snake_case.</summary>
    public string Text { get; }

    /// <summary>Of <see cref="Text"/>.</summary>
    public int Hash { get; }

    /// <summary>As the line spells it: <c>extra_{name}</c> for a name of the line itself.</summary>
    public JsonEncodedText Json { get; }

    /// <summary>Whether a scope's field of this name is left out.</summary>
    public bool IsNoise { get; }

    public static FieldName Of(string name) => Known[name];
}
