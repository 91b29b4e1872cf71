using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>Makes the session options every model is loaded with.</summary>
internal sealed class SessionOptionsFactory(IOptions<OnnxOptions> options)
{
    /// <summary>New options that the caller disposes.</summary>
    public SessionOptions Create()
    {
        var session = new SessionOptions
        {
            IntraOpNumThreads = options.Value.IntraOpThreads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            // The memory pattern assumes the shapes of the first run; here rows differ from run to run.
            EnableMemoryPattern = false,
            // What a run reports comes back as an exception; ONNX Runtime's own lines on stderr would bypass our log.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        session.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        session.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        return session;
    }
}
