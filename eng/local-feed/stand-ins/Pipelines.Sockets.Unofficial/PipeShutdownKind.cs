namespace Pipelines.Sockets.Unofficial;

/// <summary>What ended a connection first. The values are part of the genuine package's binary interface.</summary>
public enum PipeShutdownKind
{
    /// <summary>The connection is open.</summary>
    None = 0,
    PipeDisposed = 1,
    ReadEndOfStream = 100,
    ReadException = 103,
    ReadSocketError = 104,
    /// <summary>Nobody reads the input any more.</summary>
    ReadFlushCompleted = 105,
    /// <summary>Our side completed the output.</summary>
    WriteEndOfStream = 200,
    WriteException = 204,
    WriteSocketError = 205,
    ProtocolExitClient = 400,
    ProtocolExitServer = 401,
}
