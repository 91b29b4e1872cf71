using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Models.Files;
using MlAspire.Inference.Api.Models.Repository;
using MlAspire.Inference.Api.Onnx;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Models.Loading;

/// <summary>What a version must get through before it is served: its warm-up, then its golden inference. Neither counts in its statistics.</summary>
internal sealed class ModelTrial(GoldenFile golden, IOptions<ModelRepositoryOptions> options, IHostApplicationLifetime lifetime, TimeProvider time)
{
    /// <exception cref="InvalidDataException">It failed, or took longer than <see cref="ModelRepositoryOptions.TrialTimeout"/>; the message says at what.</exception>
    /// <exception cref="ServiceError">Unavailable: the machine or its device failed, or the server stops.</exception>
    public void Run(LoadedModel model, OnnxRunner runner, ModelDirectory directory, long version)
    {
        using var limit = new CancellationTokenSource(options.Value.TrialTimeout, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, lifetime.ApplicationStopping);
        try
        {
            foreach (var warmup in model.Config.ModelWarmup)
            {
                WarmUp(warmup, model, runner, directory, end.Token);
            }

            if (golden.Read(directory, version) is { } inference)
            {
                Check(inference, model, runner, end.Token);
            }
        }
        catch (OperationCanceledException exception)
        {
            throw limit.IsCancellationRequested
                ? new InvalidDataException($"its warm-up and golden inference take longer than ModelRepository:TrialTimeout, {options.Value.TrialTimeout}", exception)
                : new ServiceError(ErrorCode.Unavailable, "the server stops", exception);
        }
    }

    private static void WarmUp(ModelWarmup warmup, LoadedModel model, OnnxRunner runner, ModelDirectory directory, CancellationToken end)
    {
        Tensor[] inputs = [.. warmup.Inputs.Select(input => WarmupData.Make(input.Key, input.Value, warmup, directory, model.Config.MaxBatchSize > 0))];
        for (var i = 0; i < Math.Max(1, warmup.Count); i++)
        {
            using var outputs = Infer($"model_warmup '{warmup.Name}'", new InferRequest { ModelName = model.Name, Inputs = inputs }, model, runner, end);
        }
    }

    private static void Check(GoldenInference inference, LoadedModel model, OnnxRunner runner, CancellationToken end)
    {
        var request = new InferRequest { ModelName = model.Name, Inputs = inference.Request.Inputs, Outputs = [.. inference.Expected.Select(output => new RequestedOutput(output.Name))] };
        using var outputs = Infer(GoldenFile.Name, request, model, runner, end);
        if (inference.Expected.Zip(outputs.Tensors, inference.Tolerance.Difference).FirstOrDefault(difference => difference is not null) is { } difference)
        {
            throw new InvalidDataException($"{GoldenFile.Name}: {difference}");
        }
    }

    private static RunOutputs Infer(string source, InferRequest request, LoadedModel model, OnnxRunner runner, CancellationToken end)
    {
        try
        {
            var outputs = RequestCheck.Outputs(request, model);
            return ReshapedModel.Around(runner.Run, model.Config)(RequestCheck.Inputs(request, model).Inputs, [.. outputs.Select(output => output.Name)], end);
        }
        catch (Exception exception) when (exception is ServiceError or OnnxRuntimeException)
        {
            throw OnnxErrors.OfLoad(exception, $"{source}: ");
        }
    }
}
