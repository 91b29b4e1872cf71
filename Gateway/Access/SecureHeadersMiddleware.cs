namespace MlAspire.Gateway.Access;

/// <summary>Headers that keep an answer from being guessed at, kept or framed. There is no CORS: a browser page of another origin gets nothing.</summary>
internal sealed class SecureHeadersMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        context.Response.OnStarting(() =>
        {
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers.CacheControl = "no-store";
            return Task.CompletedTask;
        });
        return next(context);
    }
}
