using System.Buffers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>Writes a log event as a line of UTF-8, its end included. Thread-safe.</summary>
internal abstract class LineFormatter
{
    public abstract void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, IBufferWriter<byte> output);
}
