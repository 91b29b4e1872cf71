using Microsoft.Extensions.Logging;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>Where finished log lines go. Called by one thread only; may be slow and may throw: <see cref="LineQueue"/> keeps both from the callers of the log.</summary>
internal interface ILineTarget : IDisposable
{
    /// <param name="line">UTF-8 with its end of line.</param>
    /// <returns>Whether it is where it belongs; else it waits for <see cref="Flush"/>.</returns>
    bool Write(ReadOnlySpan<byte> line, LogLevel level);

    /// <summary>Writes the lines that wait; when it throws, they are lost. Called when there are no more.</summary>
    void Flush();
}
