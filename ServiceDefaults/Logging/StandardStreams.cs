using Microsoft.Extensions.Logging;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>stdout, and stderr for the lines at or above a level.</summary>
internal sealed class StandardStreams(Stream output, Stream error, LogLevel errorFrom) : ILineTarget
{
    public void Write(ReadOnlySpan<byte> line, LogLevel level) => (level >= errorFrom ? error : output).Write(line);

    public void Flush()
    {
        output.Flush();
        error.Flush();
    }

    public void Dispose()
    {
        output.Dispose();
        error.Dispose();
    }
}
