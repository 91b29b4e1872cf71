using System.Threading.Channels;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Diagnostics;
using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Gateway.Pipeline.Infer;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.Limits;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Pipeline;

/// <summary>Asks the shadow version what it would have answered, after the answer; nobody waits for it and nobody is failed by it.</summary>
/// <remarks>Requests of at most <see cref="PipelineOptions.ShadowRows"/> rows wait, in one queue that one loop empties; beyond, they are dropped and counted. A shadow does not add load that callers would feel twice.</remarks>
internal sealed partial class ShadowRunner(
    IServiceProvider services, VersionsInUse versions, PredictionStream stream, GatewayMetrics metrics, WorkerHealth worker, IOptions<PipelineOptions> options, TimeProvider time, ILogger<ShadowRunner> log) : BackgroundService
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly Channel<Answered> waiting = Channel.CreateUnbounded<Answered>(new() { SingleReader = true });
    private readonly Places rows = new(options.Value.ShadowRows); // of those that wait

    public void Mirror(Answered answered)
    {
        if (answered.Route.ShadowVersion is null)
        {
            return;
        }

        if (rows.TryTake(answered.Request.Rows))
        {
            waiting.Writer.TryWrite(answered);
        }
        else
        {
            metrics.EventsDropped(answered.Request.Rows, "shadow_full");
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => worker.RunAsync("shadow", RunAsync, stoppingToken);

    private async Task RunAsync(CancellationToken stopping)
    {
        await foreach (var answered in waiting.Reader.ReadAllAsync(stopping))
        {
            rows.GiveBack(answered.Request.Rows);
            using var correlation = CorrelationId.Begin(answered.Trail.CorrelationId);
            await AskAsync(answered, stopping);
        }
    }

    private async Task AskAsync(Answered answered, CancellationToken stopping)
    {
        var route = answered.Route with { Version = answered.Route.ShadowVersion, Arm = PredictionEvent.Shadow };
        var started = time.GetTimestamp();
        using var asked = versions.Enter(route);
        using var deadline = new Deadline(Timeout, time, stopping);
        try
        {
            var client = services.GetRequiredService<InferenceClient>();
            var result = await client.InferAsync(route, answered.Tensor, answered.Request.Rows, deadline);
            stream.Shadowed(answered, result, time.GetElapsedTime(started));
        }
        catch (Exception e) when (!stopping.IsCancellationRequested) // the boundary of one request: whatever became of it, the next one is asked
        {
            var error = ErrorMapping.FromException(e, callerGone: false);
            if (error.Code == ErrorCode.Internal && e is not ServiceError)
            {
                LogFailed(e, route.Name, route.Version);
            }

            stream.Failed(route, error, time.GetElapsedTime(started), answered.Trail);
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.ShadowFailed, Level = LogLevel.Error, Message = "Asking {Model} {ModelVersion}, a shadow, failed with an unexpected error")]
    private partial void LogFailed(Exception exception, string model, string? modelVersion);
}
