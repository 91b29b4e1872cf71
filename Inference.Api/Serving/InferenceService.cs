using MlAspire.Inference.Api.Batching;
using MlAspire.Inference.Api.Caching;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Serving;

/// <summary>The acts of the protocol, free of any transport: REST and gRPC translate to and from these and hold no rule of their own.</summary>
internal sealed class InferenceService(ModelTable table, TensorCheck check, InferenceMetrics metrics, TritonSummaries summaries, UsageMetrics usage, TimeProvider time, IHostApplicationLifetime lifetime)
{
    public static ServerMetadata Server { get; } = new("mlaspire-inference", typeof(InferenceService).Assembly.GetName().Version!.ToString(3), ServerExtensions.Names);

    /// <summary>The names of the models that are known, whether they could be loaded or not; ordinal order.</summary>
    public IEnumerable<string> ModelNames => table.Models.Keys;

    /// <summary>Null when the server can answer: loading is over, a model serves (or none is wanted), and nobody told it to end. Else why not.</summary>
    public string? NotReadyReason => lifetime.ApplicationStopping.IsCancellationRequested ? "the server is about to end"
        : table.NotLoadedReason is { } reason ? reason
        : table.Models.Values.All(model => model.IsUnloaded) || table.Models.Values.Any(model => model.Ready.Any()) ? null
        : "no model could be loaded";

    /// <summary>Returns when the version, or with null any version, serves.</summary>
    /// <exception cref="ServiceError">NotFound: unknown. NotReady: why it does not serve.</exception>
    public void RequireReady(string model, string? version) => table.Find(model, version);

    /// <summary>Why an inference need not be read: NotFound, NotReady, or Overloaded (the model's queue is full). Null = it may be; the scope knows the model from here on, whatever becomes of the request.</summary>
    public ServiceError? Refusal(string model, string? version, InferenceScope scope)
    {
        try
        {
            var loaded = table.Find(model, version).Model!;
            Describe(scope, loaded);
            if (loaded.Refusal is not { } full)
            {
                return null;
            }

            loaded.Statistics.Failed(full.Code, TimeSpan.Zero);
            return full;
        }
        catch (ServiceError unknown)
        {
            return unknown;
        }
    }

    /// <exception cref="ServiceError">NotFound: unknown. NotReady: why it does not serve.</exception>
    public ModelMetadata Metadata(string model, string? version)
    {
        using var lease = table.Acquire(model, version);
        var loaded = lease.Model;
        IReadOnlyList<string> versions = string.IsNullOrEmpty(version)
            ? [.. table.Get(model).Ready.Select(entry => entry.Model!.Version)]
            : [loaded.Version];
        return new ModelMetadata(loaded.Name, versions, ModelPlatform.Name, loaded.Signature.Inputs, loaded.Signature.Outputs) { Properties = loaded.Properties };
    }

    /// <summary>Runs one inference. The caller disposes the answer after writing it.</summary>
    /// <exception cref="ServiceError">NotFound, NotReady, InvalidArgument (names the field), Overloaded.</exception>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public async ValueTask<InferResponse> InferAsync(InferRequest request, InferenceScope scope)
    {
        var lease = table.Acquire(request.ModelName, request.ModelVersion);
        var model = lease.Model;
        var start = time.GetTimestamp();
        try
        {
            Describe(scope, model);
            scope.RequestId = request.Id;
            scope.Inputs = request.Inputs;
            request.Parameters.Check();
            (var inputs, scope.Rows) = RequestCheck.Inputs(request, model);
            var outputs = RequestCheck.Outputs(request, model);
            var run = new ModelRun(inputs, Names(outputs, model), scope.Rows) { Priority = request.Parameters.Priority, QueueTimeout = request.Parameters.QueueTimeout };
            var lookup = model.Cache?.Look(run);
            if (lookup?.Outputs is { } kept)
            {
                var answer = Answer(kept, outputs, model, scope.Caller);
                scope.CacheHit = true;
                model.Statistics.CacheHit(time.GetElapsedTime(start), lookup.Elapsed);
                usage.Answered(model, inputs, kept, scope.Rows);
                return Response(answer, memory: null, lease, scope);
            }

            await lease.EnterAsync(scope.Caller);
            var result = await model.RunAsync(run, scope.Caller);
            return Answered(run, result, lookup, outputs, lease, scope);
        }
        catch (Exception exception)
        {
            model.Statistics.Failed(scope.CodeOf(exception), time.GetElapsedTime(start));
            lease.Dispose();
            throw;
        }
    }

    /// <summary>The request that a body of bytes alone stands for.</summary>
    /// <exception cref="ServiceError">NotFound, NotReady; InvalidArgument: the bytes cannot be the model's only input.</exception>
    public InferRequest RawRequest(string model, string? version, ReadOnlyMemory<byte> body)
    {
        using var lease = table.Acquire(model, version);
        return new InferRequest { ModelName = model, ModelVersion = version, Inputs = [RawInput.Read(lease.Model, body, check)] };
    }

    /// <summary>What the caller gets of a run, which is a success when that can be made.</summary>
    private InferResponse Answered(ModelRun run, ModelResult result, CacheLookup? lookup, IReadOnlyList<RequestedOutput> outputs, ModelLease lease, InferenceScope scope)
    {
        var model = lease.Model;
        try
        {
            var answer = Answer(result.Outputs.Tensors, outputs, model, scope.Caller);
            Ran(model, result.Report, scope);
            usage.Answered(model, run.Inputs, result.Outputs.Tensors, scope.Rows);
            if (lookup is not null)
            {
                model.Statistics.CacheMiss(lookup.Keep(result.Outputs.Tensors));
            }

            return Response(answer, result.Outputs, lease, scope);
        }
        catch
        {
            result.Outputs.Dispose();
            throw;
        }
    }

    private void Ran(LoadedModel model, RunReport report, InferenceScope scope)
    {
        scope.Run = report;
        scope.Queued = time.GetElapsedTime(report.QueuedAt, report.StartedAt);
        model.Statistics.Succeeded(report, scope.Rows);
        metrics.Waited(model.Name, model.Version, scope.Queued);
        summaries.Succeeded(model.Name, model.Version, report);
        RunSpans.Record(report, scope, time);
    }

    private static InferResponse Response(IReadOnlyList<Tensor> outputs, IDisposable? memory, ModelLease lease, InferenceScope scope) => new(memory, lease)
    {
        ModelName = lease.Model.Name,
        ModelVersion = lease.Model.Version,
        ModelDigest = lease.Model.Digest,
        Id = scope.RequestId,
        Batch = scope.Run?.Batch,
        Outputs = outputs,
    };

    /// <summary>The model's own list where the request wants the same: nearly always.</summary>
    private static IReadOnlyList<string> Names(IReadOnlyList<RequestedOutput> outputs, LoadedModel model)
    {
        var all = model.AllOutputNames;
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs.Count != all.Count || outputs[i].Name != all[i])
            {
                return [.. outputs.Select(output => output.Name)];
            }
        }

        return all;
    }

    private static IReadOnlyList<Tensor> Answer(IReadOnlyList<Tensor> tensors, IReadOnlyList<RequestedOutput> outputs, LoadedModel model, CancellationToken caller) =>
        IsClassified(outputs) ? Classified(tensors, outputs, model, caller) : tensors;

    private static Tensor[] Classified(IReadOnlyList<Tensor> tensors, IReadOnlyList<RequestedOutput> outputs, LoadedModel model, CancellationToken caller) =>
        [.. outputs.Select((output, i) => output.Classification == 0 ? tensors[i]
            : Classification.Of(
                tensors[i], output.Classification, model.Config.MaxBatchSize > 0, model.Labels.TryGetValue(output.Name, out var labels) ? labels : [],
                $"outputs[{i}].parameters.classification", caller))];

    private static bool IsClassified(IReadOnlyList<RequestedOutput> outputs)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (outputs[i].Classification > 0)
            {
                return true;
            }
        }

        return false;
    }

    private static void Describe(InferenceScope scope, LoadedModel model)
    {
        scope.Model = model.Name;
        scope.ModelVersion = model.Version;
        scope.Device = model.Placement.Provider;
    }
}
