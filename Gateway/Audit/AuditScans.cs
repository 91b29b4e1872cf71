using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Limits;

namespace MlAspire.Gateway.Audit;

/// <summary>Bounds the questions and exports that read through the log at once: each reads the disk, or all that is in memory of the log, and beside predictions. An export goes on for as long as its caller reads, so it takes no question's place. Thread-safe.</summary>
internal sealed class AuditScans
{
    public const int Most = 4;

    public const int MostExports = 2;

    private readonly Places questions = new(Most);
    private readonly Places exports = new(MostExports);

    /// <summary>A place for a question; disposing gives it back.</summary>
    /// <exception cref="ServiceError">Overloaded: <see cref="Most"/> are in progress.</exception>
    public IDisposable Enter() => questions.TryEnter() ?? throw new ServiceError(ErrorCode.Overloaded, $"{Most} questions to the audit log are in progress, which is as many as may be.");

    /// <summary>A place for an export; disposing gives it back.</summary>
    /// <exception cref="ServiceError">Overloaded: <see cref="MostExports"/> are in progress.</exception>
    public IDisposable EnterExport() => exports.TryEnter() ?? throw new ServiceError(ErrorCode.Overloaded, $"{MostExports} exports of the audit log are in progress, which is as many as may be.");
}
