using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Audit;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Errors;
using Yarp.ReverseProxy.Forwarder;

namespace MlAspire.Gateway.Forwarding;

/// <summary>Forwards one request as it is; when the model server has done what it asks, that is in the audit log before the caller is told.</summary>
internal sealed class RecordingProxy : HttpTransformer
{
    private readonly AuditLog audit;
    private readonly ModelServerChange change;
    private readonly TimeProvider time;

    private RecordingProxy(AuditLog audit, ModelServerChange change, TimeProvider time) => (this.audit, this.change, this.time) = (audit, change, time);

    /// <summary>Reads the request's body, which then is there to be read again.</summary>
    /// <exception cref="ServiceError">Unavailable: the audit log takes no records, so nothing may be changed.</exception>
    public static async Task<RecordingProxy> OfAsync(HttpContext context, AuditLog audit, TimeProvider time)
    {
        if (audit.Failure is not null)
        {
            throw new ServiceError(ErrorCode.Unavailable, "The audit log cannot be written; nothing was changed.");
        }

        context.Request.EnableBuffering();
        var sha256 = await SHA256.HashDataAsync(context.Request.Body, context.RequestAborted).ConfigureAwait(false);
        var bytes = context.Request.Body.Length;
        context.Request.Body.Position = 0;
        var body = bytes is > 0 and <= ModelServerChange.MaxKeptBytes ? await JsonOfAsync(context.Request.Body, context.RequestAborted).ConfigureAwait(false) : null;
        context.Request.Body.Position = 0;
        return new(audit, new(
            AuditRecord.Schema, ModelServerChange.EventName, default, context.Features.GetRequiredFeature<Caller>().Name, context.Request.Method, context.Request.Path, body, bytes == 0 ? null : Convert.ToHexStringLower(sha256),
            CorrelationId.Current), time);
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is { IsSuccessStatusCode: true })
        {
            try
            {
                // It is done, so it is recorded also when the caller has gone.
                await audit.AppendAsync([JsonSerializer.SerializeToUtf8Bytes(change with { Timestamp = time.GetUtcNow() }, ModelServerJson.Default.ModelServerChange)], CancellationToken.None).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                throw new ServiceError(ErrorCode.Unavailable, "The audit log cannot be written; the model server has made the change, and there is no record of it.", e);
            }
        }

        return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<JsonElement?> JsonOfAsync(Stream body, CancellationToken cancellation)
    {
        try
        {
            using var json = await JsonDocument.ParseAsync(body, default, cancellation).ConfigureAwait(false);
            return json.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null; // the model server will say so
        }
    }
}
