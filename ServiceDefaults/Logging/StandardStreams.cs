using System.Buffers;
using Microsoft.Extensions.Logging;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>stdout, and stderr for the lines at or above a level. What a write left out is not written again later, and a line that it tore stays by itself.</summary>
/// <param name="output">Writes all that it is given, or throws.</param>
/// <param name="error">As <paramref name="output"/>.</param>
internal sealed class StandardStreams(Action<ReadOnlySpan<byte>> output, Action<ReadOnlySpan<byte>> error, LogLevel errorFrom) : ILineTarget
{
    private readonly Lines output = new(output);
    private readonly Lines error = new(error);

    /// <summary>Lines for stdout wait, since together they are one write; those for stderr are few, and are written at once.</summary>
    public bool Write(ReadOnlySpan<byte> line, LogLevel level)
    {
        if (level < errorFrom)
        {
            output.Add(line);
            return false;
        }

        error.Add(line);
        error.Write();
        return true;
    }

    public void Flush() => output.Write();

    public void Dispose()
    {
    }

    private sealed class Lines(Action<ReadOnlySpan<byte>> write)
    {
        private const int KeptBytes = 1 << 20; // of a burst, no more is kept for the next

        private ArrayBufferWriter<byte> waiting = new();
        private bool isTorn; // what was written last may end within a line, which the next one must not continue

        public void Add(ReadOnlySpan<byte> line)
        {
            if (isTorn && waiting.WrittenCount == 0)
            {
                waiting.Write("\n"u8);
            }

            waiting.Write(line);
        }

        public void Write()
        {
            if (waiting.WrittenCount == 0)
            {
                return;
            }

            isTorn = true;
            try
            {
                write(waiting.WrittenSpan);
                isTorn = false;
            }
            finally
            {
                waiting.ResetWrittenCount();
                if (waiting.Capacity > KeptBytes)
                {
                    waiting = new();
                }
            }
        }
    }
}
