using System.Collections;
using MlAspire.ServiceDefaults.Redaction;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Correlation;

/// <summary>The fields of every line of the work: its correlation id, and of a request the path that was called.</summary>
/// <param name="path">Null for work that no request started.</param>
internal sealed class RequestScope(string correlationId, string? path = null) : ICheckedState
{
    private readonly string correlationId = Redactor.Text(correlationId);
    private readonly string? path = path is null ? null : Redactor.Text(path);

    public int Count => path is null ? 1 : 2;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new(TelemetryNames.Attributes.CorrelationId, correlationId),
        1 when path is not null => new("RequestPath", path),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var index = 0; index < Count; index++)
        {
            yield return this[index];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => string.Join(' ', this.Select(field => $"{field.Key}:{field.Value}"));
}
