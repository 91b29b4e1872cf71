using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.ServiceDefaults.Redaction;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Errors;

/// <summary>Answers a request with a failure, in the one error format, and logs it. What is thrown comes here by itself; what is refused often, and before any work, is cheaper when it is brought here without being thrown.</summary>
public sealed partial class ErrorAnswers(ILogger<ErrorAnswers> logger)
{
    /// <param name="exception">Need not have been thrown.</param>
    public async Task WriteAsync(HttpContext context, Exception exception)
    {
        var error = Report(context, exception);
        var status = exception is BadHttpRequestException bad ? bad.StatusCode : ErrorMapping.Of(error.Code).HttpStatus;
        if (context.Response.HasStarted)
        {
            // Half an answer is out: breaking the connection is the only way left to say that it failed.
            context.Abort();
            return;
        }

        context.Response.Clear();
        if (error.Code == ErrorCode.Cancelled)
        {
            context.Response.StatusCode = status;
            return;
        }

        await ErrorBody.WriteAsync(context, error, status);
    }

    /// <summary>Logs a failure and puts it on the request's line, span and metrics: enough for a caller whose status is out already and who reads of it in the body.</summary>
    /// <returns>What the caller is told.</returns>
    public ServiceError Report(HttpContext context, Exception exception)
    {
        var error = ErrorMapping.FromException(exception, context.RequestAborted.IsCancellationRequested);
        Log(context, error, exception);
        var (wire, status, _) = ErrorMapping.Of(error.Code);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            context.Features.Get<IHttpActivityFeature>()?.Activity.RecordFailure(exception);
        }

        context.Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new(TelemetryNames.Attributes.ErrorType, wire));
        RequestFacts.Current?.Outcome = wire;
        return error;
    }

    private void Log(HttpContext context, ServiceError error, Exception exception)
    {
        var code = ErrorMapping.Of(error.Code).Wire;
        switch (error.Code)
        {
            case ErrorCode.Cancelled:
                CallerWentAway();
                break;
            case ErrorCode.Internal:
                if (!exception.IsLogged())
                {
                    RequestFailed(exception, context.Request.Method, context.GetEndpoint()?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route);
                }

                break;
            case ErrorCode.Unavailable or ErrorCode.NotReady or ErrorCode.DeadlineExceeded:
                RequestNotServed(code, error.Message, exception.InnerException?.GetType().Name ?? exception.GetType().Name);
                break;
            default:
                RequestRefused(code, error.Message, error.Errors.Count == 0 ? null : error.Errors[0].Field);
                break;
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.RequestFailed, Level = LogLevel.Error, Message = "{Method} {Route} failed with an unexpected error")]
    private partial void RequestFailed(Exception exception, string method, string? route);

    [LoggerMessage(EventName = TelemetryNames.Events.RequestNotServed, Level = LogLevel.Warning, Message = "The request could not be served: {Code}: {Reason} ({Cause})")]
    private partial void RequestNotServed(string code, string reason, string cause);

    [LoggerMessage(EventName = TelemetryNames.Events.RequestRefused, Level = LogLevel.Information, Message = "The request was refused: {Code}: {Reason} (field {Field})")]
    private partial void RequestRefused(string code, string reason, string? field);

    [LoggerMessage(EventName = TelemetryNames.Events.CallerWentAway, Level = LogLevel.Debug, Message = "The caller went away before the answer")]
    private partial void CallerWentAway();
}
