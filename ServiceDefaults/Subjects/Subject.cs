using System.Collections;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Redaction;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Subjects;

/// <summary>Whose request it is, as pseudonyms: on every log line and span of the request, in every service. As a log scope it is the two fields of the lines.</summary>
/// <param name="User">32 hex digits; null = the caller did not say.</param>
/// <param name="Session">Likewise.</param>
public sealed record Subject(string? User, string? Session) : ICheckedState
{
    private readonly KeyValuePair<string, object?>[] fields =
    [
        .. User is null ? [] : (KeyValuePair<string, object?>[])[new(TelemetryNames.Attributes.UserPseudonym, User)],
        .. Session is null ? [] : (KeyValuePair<string, object?>[])[new(TelemetryNames.Attributes.SessionPseudonym, Session)],
    ];

    /// <summary>Of the request whose code runs now; null when it has none.</summary>
    public static Subject? Current => Work.Current?.Subject;

    public int Count => fields.Length;

    public KeyValuePair<string, object?> this[int index] => fields[index];

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => fields.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
