using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Prometheus;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>One line a request, however it ends, with all that is known of it, so that every service a request passed can be found by its correlation id. Health calls and scrapes are Debug.</summary>
internal sealed partial class RequestLogMiddleware(RequestDelegate next, TimeProvider time, ILoggerFactory loggers)
{
    /// <summary>Of the lines: short, for it is in every one of them.</summary>
    public const string Category = "MlAspire.Requests";

    private readonly ILogger logger = loggers.CreateLogger(Category);

    public async Task InvokeAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        var facts = RequestFacts.Begin();
        try
        {
            await next(context);
        }
        finally
        {
            facts.End();
            Write(context, facts, time.GetElapsedTime(started));
        }
    }

    /// <summary>Whether the request is one of those that watch the service.</summary>
    public static bool IsWatching(HttpContext context) => context.Request.Path.StartsWithSegments(HealthEndpoints.Prefix) || context.Request.Path == MetricsEndpoints.Path;

    private void Write(HttpContext context, RequestFacts facts, TimeSpan took)
    {
        var level = IsWatching(context) ? LogLevel.Debug : LogLevel.Information;
        if (!facts.HasWriter && !logger.IsEnabled(level))
        {
            return;
        }

        var (method, status) = (context.Request.Method, context.Response.StatusCode);
        var route = context.GetEndpoint()?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route;
        var outcome = facts.Outcome ?? (status < StatusCodes.Status400BadRequest ? "ok" : ErrorMapping.Of(ErrorMapping.FromHttpStatus(status)).Wire);
        var milliseconds = Math.Round(took.TotalMilliseconds, 3);
        try
        {
            facts.Tell(context, time);
            if (facts.HasWriter)
            {
                facts.Write(method, route, status, outcome, milliseconds);
            }
            else
            {
                RequestCompleted(level, method, route, status, outcome, milliseconds);
            }
        }
        finally
        {
            RequestFacts.Forget();
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.RequestCompleted, Message = "{Method} {Route}: {StatusCode} {Outcome}, {DurationMs} ms")]
    private partial void RequestCompleted(LogLevel level, string method, string? route, int statusCode, string outcome, double durationMs);
}
