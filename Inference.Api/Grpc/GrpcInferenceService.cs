using Grpc.Core;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Protos;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Logging;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>The calls of the Open Inference Protocol. They translate; every rule is in <see cref="InferenceService"/>.</summary>
internal sealed class GrpcInferenceService(InferenceService service, RepositoryService repository, LogSettingsService logSettings, InferenceScopes scopes, TensorCheck check, IHostApplicationLifetime lifetime, TimeProvider time) : GRPCInferenceService.GRPCInferenceServiceBase
{
    /// <summary>The service's name in its paths. Asking <see cref="GRPCInferenceService.Descriptor"/> for it would read the descriptions of all messages.</summary>
    public const string Name = $"inference.{nameof(GRPCInferenceService)}";

    private static readonly TimeSpan TimerError = TimeSpan.FromMilliseconds(10); // some milliseconds is a timer early as often as not

    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerLiveResponse { Live = true });

    public override Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerReadyResponse { Ready = service.NotReadyReason is null });

    /// <remarks>A known model that does not serve is an answer here, not an error: the message has a field for it.</remarks>
    public override Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context)
    {
        try
        {
            service.RequireReady(request.Name, request.Version);
            return Task.FromResult(new ModelReadyResponse { Ready = true });
        }
        catch (ServiceError error) when (error.Code == ErrorCode.NotReady)
        {
            return Task.FromResult(new ModelReadyResponse());
        }
    }

    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext context) => Task.FromResult(new ServerMetadataResponse
    {
        Name = InferenceService.Server.Name,
        Version = InferenceService.Server.Version,
        Extensions = { InferenceService.Server.Extensions },
    });

    public override Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext context)
    {
        var metadata = service.Metadata(request.Name, request.Version);
        return Task.FromResult(new ModelMetadataResponse
        {
            Name = metadata.Name,
            Versions = { metadata.Versions },
            Platform = metadata.Platform,
            Inputs = { metadata.Inputs.Select(Tensor) },
            Outputs = { metadata.Outputs.Select(Tensor) },
            Properties = { metadata.Properties.ToDictionary() },
        });
    }

    public override async Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context)
    {
        var scope = Scope(context, isAlone: true);
        context.GetHttpContext().Features.Set(scope);
        InferResponse response;
        try
        {
            response = await InferAsync(request, scope);
        }
        catch when (scope.ModelVersion is not null)
        {
            context.ResponseTrailers.Add(ModelVersionHeader.Name, scope.ModelVersion);
            throw;
        }

        // The message points into the response's memory, and is written only after this method; InferenceRequestMiddleware sees the end of that.
        context.GetHttpContext().Features.Set(response);
        var answer = context.GetHttpContext().Response;
        answer.RegisterForDispose(response);
        answer.Headers[ModelDigestHeader.Name] = response.ModelDigest;
        if (response.Batch is { } batch)
        {
            answer.Headers[ModelBatch.HeaderName] = batch.ToHeader();
        }

        return GrpcMessages.ToMessage(response);
    }

    public override Task ModelStreamInfer(IAsyncStreamReader<ModelInferRequest> requestStream, IServerStreamWriter<ModelStreamInferResponse> responseStream, ServerCallContext context) =>
        new StreamedInference(request => InferAsync(request, Scope(context)), Unread, lifetime.ApplicationStopping).RunAsync(requestStream, responseStream, context.CancellationToken);

    public override Task<ModelConfigResponse> ModelConfig(ModelConfigRequest request, ServerCallContext context) =>
        Task.FromResult(new ModelConfigResponse { Config = Models.Config.ModelConfigFile.ToMessage(repository.Config(request.Name, request.Version)) });

    public override Task<ModelStatisticsResponse> ModelStatistics(ModelStatisticsRequest request, ServerCallContext context) =>
        Task.FromResult(new ModelStatisticsResponse { ModelStats = { repository.Statistics(request.Name, request.Version).Select(GrpcRepository.ToMessage) } });

    public override Task<RepositoryIndexResponse> RepositoryIndex(RepositoryIndexRequest request, ServerCallContext context) =>
        request.RepositoryName.Length == 0 ? Task.FromResult(GrpcRepository.ToMessage(repository.Index(request.Ready))) : throw Unsupported.Repository();

    public override async Task<RepositoryModelLoadResponse> RepositoryModelLoad(RepositoryModelLoadRequest request, ServerCallContext context)
    {
        await repository.LoadAsync(GrpcRepository.ModelName(request.RepositoryName, request.ModelName), GrpcRepository.Parameters(request.Parameters), context.CancellationToken);
        return new RepositoryModelLoadResponse();
    }

    public override async Task<RepositoryModelUnloadResponse> RepositoryModelUnload(RepositoryModelUnloadRequest request, ServerCallContext context)
    {
        RepositoryService.CheckUnload(GrpcRepository.Parameters(request.Parameters));
        await repository.UnloadAsync(GrpcRepository.ModelName(request.RepositoryName, request.ModelName), context.CancellationToken);
        return new RepositoryModelUnloadResponse();
    }

    public override Task<LogSettingsResponse> LogSettings(LogSettingsRequest request, ServerCallContext context) => Task.FromResult(GrpcLogSettings.ToMessage(logSettings.Change(GrpcLogSettings.Settings(request))));

    public override Task<UnsupportedResponse> TraceSetting(UnsupportedRequest request, ServerCallContext context) => throw Unsupported.Trace();

    public override Task<UnsupportedResponse> SystemSharedMemoryStatus(UnsupportedRequest request, ServerCallContext context) => throw Unsupported.SharedMemory();

    public override Task<UnsupportedResponse> SystemSharedMemoryRegister(UnsupportedRequest request, ServerCallContext context) => throw Unsupported.SharedMemory();

    public override Task<UnsupportedResponse> SystemSharedMemoryUnregister(UnsupportedRequest request, ServerCallContext context) => throw Unsupported.SharedMemory();

    public override Task<UnsupportedResponse> CudaSharedMemoryStatus(UnsupportedRequest request, ServerCallContext context) => throw Unsupported.SharedMemory();

    public override Task<UnsupportedResponse> CudaSharedMemoryRegister(UnsupportedRequest request, ServerCallContext context) => throw Unsupported.SharedMemory();

    public override Task<UnsupportedResponse> CudaSharedMemoryUnregister(UnsupportedRequest request, ServerCallContext context) => throw Unsupported.SharedMemory();

    private Task<InferResponse> InferAsync(ModelInferRequest request, InferenceScope scope) => scopes.RunUntilAnsweredAsync(scope, (Service: service, Check: check, Request: request), static (call, filled) =>
    {
        var request = call.Request;
        filled.RequestId = RequestCheck.Id(request.Id);
        return call.Service.Refusal(request.ModelName, request.ModelVersion, filled) is { } refusal ? throw refusal : call.Service.InferAsync(GrpcMessages.ToRequest(request, call.Check), filled).AsTask();
    });

    /// <summary>gRPC's own timer sets the status; a caller whose timer was faster resets the call, which the clock alone can tell from one that just goes.</summary>
    /// <param name="isAlone">The call is this one inference, and <see cref="InferenceRequestMiddleware"/> took its slot; else one of a stream.</param>
    private InferenceScope Scope(ServerCallContext context, bool isAlone = false) =>
        new(() => context.Status.StatusCode == StatusCode.DeadlineExceeded || time.GetUtcNow().UtcDateTime + TimerError >= context.Deadline, context.CancellationToken) { Line = isAlone ? RequestFacts.Current : null, HasSlot = isAlone };

    private void Unread(Exception exception) =>
        scopes.Unread(exception is RpcException refused ? ErrorMapping.FromGrpcStatus((int)refused.StatusCode) : ErrorCode.Internal, time.GetTimestamp());

    private static ModelMetadataResponse.Types.TensorMetadata Tensor(TensorMetadata tensor) => new() { Name = tensor.Name, Datatype = tensor.DataType.Name(), Shape = { tensor.Shape } };
}
