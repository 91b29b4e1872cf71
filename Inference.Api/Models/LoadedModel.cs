using System.Globalization;
using MlAspire.Inference.Api.Batching;
using MlAspire.Inference.Api.Caching;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Models.Loading;
using MlAspire.Inference.Api.Models.Residency;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Models;

/// <summary>One version of a model that is served. Counts who uses it: after <see cref="Retire"/> it takes no new user, and its memory is given back when the last one has left.</summary>
internal sealed class LoadedModel(string name, long version, ModelConfig config, ModelSignature signature, ModelSession session, DynamicBatcher batcher)
{
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int users = 1;

    public string Name => name;

    public string Version { get; } = version.ToString(CultureInfo.InvariantCulture);

    public ModelConfig Config => config;

    /// <summary>The config with everything that was worked out from the file.</summary>
    public ModelConfig EffectiveConfig => config with
    {
        Name = name,
        Platform = ModelPlatform.Name,
        Backend = ModelPlatform.Backend,
        DefaultModelFilename = config.ModelFilename,
        VersionPolicy = config.VersionPolicy ?? new VersionPolicy { Latest = new LatestVersions() },
        Input = config.Input.Count > 0 ? config.Input : [.. signature.Inputs.Select(input => new InputConfig(input.Name, ConfigType(input), Dims(input)))],
        Output = config.Output.Count > 0 ? config.Output : [.. signature.Outputs.Select(output => new OutputConfig(output.Name, ConfigType(output), Dims(output)))],
        InstanceGroup = [new InstanceGroup(Instances, Placement.Kind, $"{name}_0", Placement.GpuId is { } gpu ? [gpu] : null)],
    };

    public ModelSignature Signature => signature;

    public ModelSession Session => session;

    public Placement Placement => session.Placement;

    /// <summary>Runs that may be under way at once.</summary>
    public int Instances => batcher.Instances;

    /// <summary>The labels of outputs that have some, by output name.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Labels { get; init; }

    /// <summary>What a request that names no outputs gets.</summary>
    public IReadOnlyList<RequestedOutput> AllOutputs { get; } = [.. signature.Outputs.Select(output => new RequestedOutput(output.Name))];

    /// <summary>See <see cref="ModelProperties"/>.</summary>
    public required IReadOnlyDictionary<string, string> Properties { get; init; }

    /// <summary><c>sha256:</c> and the hex digits: which bytes answer.</summary>
    public required string Digest { get; init; }

    public IReadOnlyList<string> AllOutputNames { get; } = [.. signature.Outputs.Select(output => output.Name)];

    public required ModelStatistics Statistics { get; init; }

    /// <summary>From reading its file until it could serve, its trial included.</summary>
    public TimeSpan LoadDuration { get; set; }

    /// <summary>Null = this version keeps no answers.</summary>
    public ModelCache? Cache { get; init; }

    /// <summary>How its tokens are counted; null = they are not.</summary>
    public TokenUsage? Tokens { get; } = TokenUsage.Of(config, signature);

    /// <summary>Requests that wait for an instance now.</summary>
    public int Waiting => batcher.Waiting;

    /// <summary>Runs that are under way now.</summary>
    public int Running => batcher.Running;

    /// <inheritdoc cref="DynamicBatcher.Refusal"/>
    /// <remarks>A model that keeps answers may have this one, and is asked.</remarks>
    public ServiceError? Refusal => Cache is null ? batcher.Refusal : null;

    /// <summary>For who has entered the session: runs a request, alone or with others, at once or when an instance is free.</summary>
    public ValueTask<ModelResult> RunAsync(ModelRun run, CancellationToken cancellationToken) => batcher.RunAsync(run, cancellationToken);

    private static string ConfigType(TensorMetadata tensor) => tensor.DataType == DataType.Bytes ? "TYPE_STRING" : $"TYPE_{tensor.DataType.Name()}";

    private long[] Dims(TensorMetadata tensor) => config.MaxBatchSize > 0 ? tensor.Shape[1..] : tensor.Shape;

    /// <summary>False when the model has been retired and its last user has left.</summary>
    public bool TryAcquire()
    {
        var seen = Volatile.Read(ref users);
        while (seen > 0)
        {
            var before = Interlocked.CompareExchange(ref users, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref users) == 0)
        {
            session.Close();
            batcher.Dispose();
            Cache?.Dispose();
            drained.SetResult();
        }
    }

    /// <summary>Gives up the table's own use; call once, after the table no longer shows the model. Completes when the memory has been given back.</summary>
    public Task Retire()
    {
        Release();
        return drained.Task;
    }
}
