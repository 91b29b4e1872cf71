using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.Http;

/// <summary>Ends a request when the time is over that its caller gave it (<see cref="RequestDeadline.Header"/>): its <see cref="HttpContext.RequestAborted"/> fires, and it is answered as DeadlineExceeded.</summary>
/// <exception cref="ServiceError">InvalidArgument: the header is no whole number of milliseconds from 1 to 300,000.</exception>
internal sealed class RequestDeadlineMiddleware(RequestDelegate next, TimeProvider time)
{
    private const long LongestMilliseconds = 300_000;

    public Task InvokeAsync(HttpContext context)
    {
        if (!context.Request.Headers.TryGetValue(RequestDeadline.Header, out var header))
        {
            return next(context);
        }

        return long.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var left) && left is >= 1 and <= LongestMilliseconds
            ? RunAsync(context, TimeSpan.FromMilliseconds(left))
            : throw new ServiceError(ErrorCode.InvalidArgument, $"Must be a whole number of milliseconds from 1 to {LongestMilliseconds}.", RequestDeadline.Header);
    }

    private async Task RunAsync(HttpContext context, TimeSpan left)
    {
        var caller = context.RequestAborted;
        using var timer = new CancellationTokenSource(left, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, caller);
        context.RequestAborted = either.Token;
        context.Features.Set(new RequestDeadlineFeature(time.GetUtcNow().UtcDateTime + left));
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !caller.IsCancellationRequested)
        {
            throw new ServiceError(ErrorCode.DeadlineExceeded, "The time that the caller gave the request is over.");
        }
        finally
        {
            context.RequestAborted = caller;
        }
    }
}

/// <param name="At">The moment, UTC, at which the request's caller stops waiting.</param>
public sealed record RequestDeadlineFeature(DateTime At);

/// <summary>How a service keeps to it.</summary>
public static class RequestDeadlineExtensions
{
    /// <summary>For a service that others call: from here on a request has the time that its caller says is left.</summary>
    public static void UseRequestDeadline(this IApplicationBuilder app) => app.UseMiddleware<RequestDeadlineMiddleware>();
}
