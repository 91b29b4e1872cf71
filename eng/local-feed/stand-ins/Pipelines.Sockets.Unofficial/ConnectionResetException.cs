namespace Pipelines.Sockets.Unofficial;

/// <summary>The other side is gone: nothing can be read or written any more.</summary>
public sealed class ConnectionResetException(string message, Exception inner) : IOException(message, inner);
