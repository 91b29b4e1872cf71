using Microsoft.AspNetCore.Http;

namespace MlAspire.ServiceDefaults.Errors;

/// <summary>Answers every failure in the one error format: an exception, and a bare status (404, 405, ...) that the framework chose.</summary>
internal sealed class ErrorMiddleware(RequestDelegate next, ErrorAnswers answers)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception) // the boundary: everything becomes an answer, and is logged
        {
            await answers.WriteAsync(context, exception);
            return;
        }

        if (NeedsBody(context.Response))
        {
            var status = context.Response.StatusCode;
            var field = status == StatusCodes.Status415UnsupportedMediaType ? "content-type" : null;
            await ErrorBody.WriteAsync(context, new ServiceError(ErrorMapping.FromHttpStatus(status), ErrorBody.TextOf(status), field), status);
        }
    }

    private static bool NeedsBody(HttpResponse response) =>
        response is { HasStarted: false, StatusCode: >= 400, ContentLength: null or 0, ContentType: null } && response.StatusCode != ErrorMapping.Of(ErrorCode.Cancelled).HttpStatus;
}
