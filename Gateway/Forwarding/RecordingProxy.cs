using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Audit;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Redaction;
using Yarp.ReverseProxy.Forwarder;

namespace MlAspire.Gateway.Forwarding;

/// <summary>Forwards one request as it is: that it is asked is in the audit log before the model server hears of it, and what that answers before the caller does.</summary>
internal sealed class RecordingProxy : HttpTransformer
{
    private readonly AuditLog audit;
    private readonly TimeSpan stallsAfter;
    private readonly TimeProvider time;
    private readonly Guid change;

    private RecordingProxy(AuditLog audit, TimeSpan stallsAfter, TimeProvider time) =>
        (this.audit, this.stallsAfter, this.time, change) = (audit, stallsAfter, time, Guid.CreateVersion7(time.GetUtcNow()));

    /// <summary>Reads the request's body, which then is there to be read again. From here on the request goes through, also when its caller goes away.</summary>
    /// <param name="context">The request.</param>
    /// <param name="audit">The log.</param>
    /// <param name="stallsAfter">How long each record may take: <see cref="AuditOptions.StallsAfter"/>.</param>
    /// <param name="time">Its clock.</param>
    /// <exception cref="ServiceError">Unavailable: the audit log takes no records, or not in time, so nothing may be changed.</exception>
    public static async Task<RecordingProxy> OfAsync(HttpContext context, AuditLog audit, TimeSpan stallsAfter, TimeProvider time)
    {
        var request = context.Request;
        request.EnableBuffering();
        var sha256 = await SHA256.HashDataAsync(request.Body, context.RequestAborted);
        var bytes = request.Body.Length;
        request.Body.Position = 0;
        var body = bytes is > 0 and <= ModelServerChange.MaxKeptBytes ? await JsonOfAsync(request.Body, context.RequestAborted) : null;
        request.Body.Position = 0;
        context.RequestAborted = CancellationToken.None;
        var proxy = new RecordingProxy(audit, stallsAfter, time);
        var asked = new ModelServerChange(
            AuditRecord.Schema, ModelServerChange.EventName, proxy.change, time.GetUtcNow(), context.Features.GetRequiredFeature<Caller>().Name, request.Method, request.Path.Value!, body,
            bytes == 0 ? null : Convert.ToHexStringLower(sha256), CorrelationId.Current);
        await proxy.AppendAsync(asked, ModelServerJson.Default.ModelServerChange, "nothing was changed");
        return proxy;
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is not null)
        {
            var answer = new ModelServerAnswer(AuditRecord.Schema, ModelServerAnswer.EventName, change, time.GetUtcNow(), (int)proxyResponse.StatusCode);
            await AppendAsync(answer, ModelServerJson.Default.ModelServerAnswer, $"the model server has answered {answer.Status}, and there is no record of it");
        }

        return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
    }

    private async Task AppendAsync<T>(T record, JsonTypeInfo<T> type, string otherwise)
    {
        try
        {
            await audit.AppendAsync([JsonSerializer.SerializeToUtf8Bytes(record, type)], CancellationToken.None).WaitAsync(stallsAfter, time, CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or TimeoutException) // of the latter the record may still come
        {
            throw new ServiceError(ErrorCode.Unavailable, $"The audit log cannot be written; {otherwise}.", e);
        }
    }

    private static async Task<JsonElement?> JsonOfAsync(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            using var json = await JsonDocument.ParseAsync(body, default, cancellationToken);
            var text = json.RootElement.GetRawText();
            await using var writer = new Utf8JsonWriter(Stream.Null);
            json.RootElement.WriteTo(writer); // as its record will: fails at a text that is no valid Unicode, which the parser lets through
            return Redactor.Text(text) == text ? json.RootElement.Clone() : null; // the log keeps for ever what it has
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // the model server will say so
        }
    }
}
