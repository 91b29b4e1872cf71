using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>Opens sessions where their models want to run. CUDA that is required and cannot be had is an error; CUDA that is preferred gives way to the CPU, with a warning.</summary>
internal sealed partial class ExecutionProviders(SessionOptionsFactory sessionOptions, IOptions<OnnxOptions> options, ILogger<ExecutionProviders> logger)
{
    /// <summary>What this build of ONNX Runtime has; whether the machine has the device and its libraries shows when a session is opened.</summary>
    public IReadOnlyList<string> Available { get; init; } = OrtEnv.Instance().GetAvailableProviders();

    /// <exception cref="InvalidDataException">CUDA is required and cannot be had.</exception>
    /// <exception cref="ServiceDefaults.Errors.ServiceError">Unavailable: CUDA is required, and its device or its memory failed, which may pass.</exception>
    /// <exception cref="OnnxRuntimeException">The file is no model that this ONNX Runtime can load.</exception>
    /// <exception cref="NotSupportedException">The model has an input or output that V2 cannot carry.</exception>
    public OnnxRunner Open(string name, byte[] model, string? externalDataDirectory, PlacementRequest request)
    {
        var choice = request.Provider == ProviderChoice.Auto ? options.Value.Provider : request.Provider;
        if (choice == ProviderChoice.Cpu || (choice == ProviderChoice.Auto && !Available.Contains(Placement.Cuda)))
        {
            return OpenOnCpu(model, externalDataDirectory, request);
        }

        try
        {
            return OpenOnCuda(model, externalDataDirectory, request);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or InvalidDataException)
        {
            if (choice == ProviderChoice.Cuda)
            {
                throw OnnxErrors.OfLoad(exception, $"it must run on CUDA ({(request.Provider == ProviderChoice.Cuda ? "instance_group kind KIND_GPU" : "Onnx:Provider")}): ");
            }

            LogGaveWay(name, request.GpuId, OnnxErrors.Clean(exception.Message));
            return OpenOnCpu(model, externalDataDirectory, request);
        }
    }

    private OnnxRunner OpenOnCpu(byte[] model, string? externalDataDirectory, PlacementRequest request)
    {
        using var session = sessionOptions.Create(externalDataDirectory, request.GraphLevel);
        return new OnnxRunner(model, session, new Placement(GpuId: null, options.Value.IntraOpThreads));
    }

    private OnnxRunner OpenOnCuda(byte[] model, string? externalDataDirectory, PlacementRequest request)
    {
        if (options.Value.Provider == ProviderChoice.Cpu)
        {
            throw new InvalidDataException("Onnx:Provider is Cpu");
        }

        if (!Available.Contains(Placement.Cuda))
        {
            throw new InvalidDataException($"this ONNX Runtime has {string.Join(", ", Available)}");
        }

        using var session = sessionOptions.Create(externalDataDirectory, request.GraphLevel);
        CudaOptions.Append(session, request, options.Value.GpuMemoryLimitBytes);
        return new OnnxRunner(model, session, new Placement(request.GpuId, options.Value.IntraOpThreads, request.CudaGraphs));
    }

    [LoggerMessage(EventName = TelemetryNames.Events.CudaUnavailable, Level = LogLevel.Warning, Message = "Model {Model} runs on the CPU, because CUDA device {GpuId} cannot be had: {Reason}")]
    private partial void LogGaveWay(string model, int gpuId, string reason);
}
