using Grpc.Core;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Protos.Health;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;
using static MlAspire.Inference.Api.Protos.Health.HealthCheckResponse.Types;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>grpc.health.v1: the empty name is the server, <c>inference.GRPCInferenceService</c> the same.</summary>
internal sealed class GrpcHealthService(InferenceService service, ModelTable table, IHostApplicationLifetime lifetime) : Health.HealthBase
{
    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context)
    {
        var status = StatusOf(request.Service);
        return status == ServingStatus.ServiceUnknown
            ? throw new ServiceError(ErrorCode.NotFound, "no such service")
            : Task.FromResult(new HealthCheckResponse { Status = status });
    }

    /// <summary>Sends the status at once and then every change of it, until the caller leaves or the server stops.</summary>
    public override async Task Watch(HealthCheckRequest request, IServerStreamWriter<HealthCheckResponse> responseStream, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        ServingStatus? sent = null;
        while (true)
        {
            var (changed, stopping) = (table.Changed, end.IsCancellationRequested);
            var status = StatusOf(request.Service);
            if (status != sent)
            {
                await responseStream.WriteAsync(new HealthCheckResponse { Status = status }, context.CancellationToken);
                sent = status;
            }

            if (stopping)
            {
                return;
            }

            await changed.WaitAsync(end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private ServingStatus StatusOf(string name) => name is not "" && name != GrpcInferenceService.Name ? ServingStatus.ServiceUnknown
        : service.NotReadyReason is null ? ServingStatus.Serving
        : ServingStatus.NotServing;
}
