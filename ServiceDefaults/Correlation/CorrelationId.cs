using System.Buffers;
using System.Diagnostics;

namespace MlAspire.ServiceDefaults.Correlation;

/// <summary>The id that one caller's request keeps through all services, in headers, log lines, spans, stream events and audit records.</summary>
public static class CorrelationId
{
    public const string HeaderName = "x-correlation-id";

    /// <summary>In characters, inclusive.</summary>
    public const int MaxLength = 128;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>The id of the work that runs now; null outside of any.</summary>
    public static string? Current => Work.Current?.CorrelationId;

    /// <summary>Whether an id from outside may be used: 1 to 128 characters of <c>[A-Za-z0-9._-]</c>.</summary>
    public static bool IsValid(string? id) => id is { Length: > 0 and <= MaxLength } && !id.AsSpan().ContainsAnyExcept(Allowed);

    /// <summary>The id that an item of W3C baggage holds, behind which .NET leaves the item's properties: <c>flight-7;kept=no</c>. Null when it may not be used.</summary>
    internal static string? OfBaggage(string? value) => value?.Split(';', 2)[0].Trim() is { } id && IsValid(id) ? id : null;

    /// <summary>The id of the trace, where there is one; else a new one.</summary>
    public static string Create() => Activity.Current is { IdFormat: ActivityIdFormat.W3C } span ? span.TraceId.ToHexString() : Guid.NewGuid().ToString("N");

    /// <summary>Makes <paramref name="id"/> current, on log lines and outgoing calls, until the result is disposed. For work that no request started: a job, a stream event.</summary>
    /// <param name="id">An id that does not pass <see cref="IsValid"/> is replaced by a new one.</param>
    public static IDisposable Begin(string? id = null)
    {
        var previous = Work.Current;
        var current = IsValid(id) ? id! : Create();
        Work.Current = (previous ?? new Work()) with { CorrelationId = current, Scope = new RequestScope(current) };
        return new Restore(previous);
    }

    private sealed class Restore(Work? previous) : IDisposable
    {
        public void Dispose() => Work.Current = previous;
    }
}
