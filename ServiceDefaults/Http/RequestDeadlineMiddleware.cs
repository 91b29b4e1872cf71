using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.Http;

/// <summary>Ends a request when the time is over that its caller gave it (<see cref="RequestDeadline.Header"/>): its <see cref="HttpContext.RequestAborted"/> fires, and it is answered as DeadlineExceeded. Its <see cref="Deadline"/> is a feature. A call over gRPC has a deadline of its own.</summary>
/// <exception cref="ServiceError">InvalidArgument: the header is no whole number of milliseconds from 1 to 300,000.</exception>
internal sealed class RequestDeadlineMiddleware(RequestDelegate next, TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public Task InvokeAsync(HttpContext context) =>
        !IsGrpc(context.Request) && RequestDeadline.Of(context.Request, Longest) is { } left ? RunAsync(context, left) : next(context);

    private static bool IsGrpc(HttpRequest request) => request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    private async Task RunAsync(HttpContext context, TimeSpan left)
    {
        var caller = context.RequestAborted;
        using var deadline = new Deadline(left, time, caller);
        context.Features.Set(deadline);
        context.RequestAborted = deadline.Token;
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (deadline.Passed)
        {
            throw new ServiceError(ErrorCode.DeadlineExceeded, "The time that the caller gave the request is over.");
        }
        finally
        {
            context.RequestAborted = caller;
        }
    }
}

/// <summary>How a service keeps to it.</summary>
public static class RequestDeadlineExtensions
{
    /// <summary>For a service that others call: from here on a request has the time that its caller says is left.</summary>
    public static void UseRequestDeadline(this IApplicationBuilder app) => app.UseMiddleware<RequestDeadlineMiddleware>();
}
