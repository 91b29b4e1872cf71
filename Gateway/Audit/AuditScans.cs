using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Limits;

namespace MlAspire.Gateway.Audit;

/// <summary>Bounds the questions that read through the log at once: each reads the disk, or all that is in memory of the log, and beside predictions. Thread-safe.</summary>
internal sealed class AuditScans
{
    public const int Most = 4;

    private readonly Places places = new(Most);

    /// <summary>A place for a question; disposing gives it back.</summary>
    /// <exception cref="ServiceError">Overloaded: <see cref="Most"/> are in progress.</exception>
    public IDisposable Enter() => places.TryEnter() ?? throw new ServiceError(ErrorCode.Overloaded, $"{Most} questions to the audit log are in progress, which is as many as may be.");
}
