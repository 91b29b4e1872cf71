using Microsoft.ML.OnnxRuntime;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>The threads that the runs of all models share when a run may use more than the thread that calls it. ONNX Runtime has one such pool a process, made with its environment.</summary>
/// <remarks>Source: <see href="https://onnxruntime.ai/docs/performance/tune-performance/threading.html#set-number-of-intra-op-threads">ONNX Runtime, thread management</see>, "global threadpool".</remarks>
internal static class SharedThreads
{
    private static readonly Lock Gate = new();
    private static int made; // threads a run; 0 = no pool

    /// <summary>Makes the pool, unless it is there.</summary>
    /// <param name="threads">How many a run uses, the caller's included; at least 2.</param>
    /// <exception cref="InvalidOperationException">This process uses ONNX Runtime already, with another number.</exception>
    public static void Use(int threads)
    {
        lock (Gate)
        {
            if (made == threads)
            {
                return;
            }

            if (OrtEnv.IsCreated)
            {
                throw new InvalidOperationException($"Onnx:IntraOpThreads cannot be {threads}: this process uses ONNX Runtime already, and its threads are made once");
            }

            using var options = new OrtThreadingOptions { GlobalIntraOpNumThreads = threads, GlobalInterOpNumThreads = 1, GlobalSpinControl = false };
            var environment = new EnvironmentCreationOptions { logId = "onnxruntime", threadOptions = options };
            OrtEnv.CreateInstanceWithOptions(ref environment);
            made = threads;
        }
    }
}
