using Microsoft.Extensions.Logging;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>Where finished log lines go. Called by one thread only; may be slow and may throw: <see cref="LineQueue"/> keeps both from the callers of the log.</summary>
internal interface ILineTarget : IDisposable
{
    /// <param name="line">UTF-8 with its end of line.</param>
    void Write(ReadOnlySpan<byte> line, LogLevel level);

    /// <summary>Called when no line is waiting.</summary>
    void Flush();
}
