using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>Makes the session options every model is loaded with. Runs use the calling thread alone or, with more than one a run, the threads that all models share.</summary>
internal sealed class SessionOptionsFactory
{
    private readonly int threads;

    /// <exception cref="InvalidOperationException">This process uses ONNX Runtime already, with another number of threads.</exception>
    public SessionOptionsFactory(IOptions<OnnxOptions> options)
    {
        threads = options.Value.IntraOpThreads;
        if (threads > 1)
        {
            SharedThreads.Use(threads);
        }
    }

    /// <summary>New options that the caller disposes.</summary>
    /// <param name="externalDataDirectory">Where the model's external data is; null = it has none.</param>
    /// <param name="graphLevel">How much of the model's graph may be changed.</param>
    public SessionOptions Create(string? externalDataDirectory = null, GraphOptimizationLevel graphLevel = GraphOptimizationLevel.ORT_ENABLE_ALL)
    {
        var session = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = graphLevel,
            // The memory pattern assumes the shapes of the first run; here rows differ from run to run.
            EnableMemoryPattern = false,
            // What a run reports comes back as an exception; ONNX Runtime's own lines on stderr would bypass our log.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        if (threads > 1)
        {
            session.DisablePerSessionThreads();
        }

        session.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        session.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        if (externalDataDirectory is not null)
        {
            session.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", externalDataDirectory);
        }

        return session;
    }
}
