using System.Collections;
using MlAspire.ServiceDefaults.Redaction;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Correlation;

/// <summary>The fields of every line of the work: its correlation id, and of a request the path that was called.</summary>
/// <param name="path">Null for work that no request started.</param>
internal sealed class RequestScope(string correlationId, string? path = null) : ICheckedState
{
    private readonly KeyValuePair<string, object?>[] fields = path is null ? [Id(correlationId)] : [Id(correlationId), new("RequestPath", Redactor.Text(path))];

    public int Count => fields.Length;

    public KeyValuePair<string, object?> this[int index] => fields[index];

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => fields.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static KeyValuePair<string, object?> Id(string correlationId) => new(TelemetryNames.Attributes.CorrelationId, Redactor.Text(correlationId));

    public override string ToString() => string.Join(' ', fields.Select(field => $"{field.Key}:{field.Value}"));
}
