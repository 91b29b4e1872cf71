using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Pipeline.Infer;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Errors;
using Yarp.ReverseProxy.Forwarder;

namespace MlAspire.Gateway.Forwarding;

/// <summary>Leaves a record of an inference that is forwarded as it is. The end of its answer goes out when the record is on disk.</summary>
internal sealed class InferenceProxy(AuditCommit audit, TimeProvider time)
{
    /// <param name="context">Of a route with the values <c>model</c> and, perhaps, <c>version</c>.</param>
    /// <param name="forward">Reads the request's body and writes the answer's.</param>
    /// <exception cref="ServiceError">It could not be forwarded; or Unavailable: the record could not be written.</exception>
    public async Task RunAsync(HttpContext context, Func<Task<ForwarderError>> forward)
    {
        var (requestBody, responseBody) = (context.Request.Body, context.Response.Body);
        using var asked = new DigestedBody(requestBody);
        using var answered = new DigestedBody(responseBody);
        ServiceError? failure = null;
        var isWhole = false;
        (context.Request.Body, context.Response.Body) = (asked, answered);
        try
        {
            isWhole = await forward() == ForwarderError.None;
        }
        catch (ServiceError e)
        {
            failure = e;
        }
        finally
        {
            (context.Request.Body, context.Response.Body) = (requestBody, responseBody);
        }

        var code = context.RequestAborted.IsCancellationRequested ? ErrorCode.Cancelled : failure?.Code;
        await audit.RunAsync(RecordOf(
            context, asked.IsRead ? asked.Sha256() : null, isWhole ? answered.Sha256() : null, code is { } known ? ErrorMapping.Of(known).HttpStatus : context.Response.StatusCode));
        if (failure is not null)
        {
            throw failure;
        }

        if (isWhole)
        {
            await answered.ReleaseAsync(context.RequestAborted);
        }
    }

    private ForwardedInference RecordOf(HttpContext context, string? request, string? answer, int status) => new(
        AuditRecord.Schema, ForwardedInference.EventName, time.GetUtcNow(), CorrelationId.Current, Activity.Current?.TraceId.ToHexString(), context.Features.GetRequiredFeature<Caller>().Name,
        (string)context.GetRouteValue("model")!, (string?)context.GetRouteValue("version"), answer is null ? null : (string?)context.Response.Headers[InferenceMessage.ModelDigest], request, answer, status);
}
