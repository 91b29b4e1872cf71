using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Prometheus;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>One line a request, however it ends, so that every service a request passed can be found by its correlation id. Health calls and scrapes are Debug.</summary>
internal sealed partial class RequestLogMiddleware(RequestDelegate next, TimeProvider time, ILogger<RequestLogMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            var isWatching = context.Request.Path.StartsWithSegments(HealthEndpoints.Prefix) || context.Request.Path == MetricsEndpoints.Path;
            var level = isWatching ? LogLevel.Debug : LogLevel.Information;
            if (logger.IsEnabled(level))
            {
                var route = context.GetEndpoint()?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route;
                var milliseconds = Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 3);
                RequestCompleted(level, context.Request.Method, route, context.Response.StatusCode, milliseconds);
            }
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.RequestCompleted, Message = "{Method} {Route} answered {Status} in {DurationMs} ms")]
    private partial void RequestCompleted(LogLevel level, string method, string? route, int status, double durationMs);
}
