using System.Collections;
using MlAspire.ServiceDefaults.Redaction;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Correlation;

/// <summary>The fields of every line of a request: its correlation id, and the path that was called.</summary>
internal sealed class RequestScope(string correlationId, string path) : ICheckedState
{
    private readonly KeyValuePair<string, object?> id = new(TelemetryNames.Attributes.CorrelationId, Redactor.Text(correlationId));
    private readonly KeyValuePair<string, object?> path = new("RequestPath", Redactor.Text(path));

    public int Count => 2;

    public KeyValuePair<string, object?> this[int index] => index == 0 ? id : path;

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        yield return id;
        yield return path;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => $"{id.Key}:{id.Value} {path.Key}:{path.Value}";
}
