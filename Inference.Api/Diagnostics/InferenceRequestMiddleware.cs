using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using MlAspire.Inference.Api.Grpc;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Logging;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>
/// Counts the inferences that no handler got: a wrong path or method, a gRPC message that is too large or cannot be read. A handler leaves its <see cref="InferenceScope"/> as a feature.
/// Takes the slot of a call over gRPC before its message is read: its handler, and any interceptor, is called with all of it in memory.
/// Sees the end of a gRPC answer, which is written after its handler, who leaves the <see cref="InferResponse"/> as a feature.
/// </summary>
internal sealed class InferenceRequestMiddleware(RequestDelegate next, RequestSlots slots, InferenceScopes scopes, TimeProvider time)
{
    private const int MaxGatheredBytes = 64 << 10; // of an answer that leaves together with its trailers: Kestrel takes as much from who does not wait for the caller

    private const string GrpcPath = $"/{GrpcInferenceService.Name}/ModelInfer";

    public Task InvokeAsync(HttpContext context)
    {
        if (GrpcCall.Is(context, GrpcPath))
        {
            return CallAsync(context);
        }

        var path = context.Request.Path.Value!;
        var overGrpc = path == GrpcPath; // of another method than POST, which has no handler
        return overGrpc || (path.StartsWith("/v2/models/", StringComparison.Ordinal) && path.EndsWith("/infer", StringComparison.Ordinal))
            ? CountedAsync(context, overGrpc, time.GetTimestamp())
            : next(context);
    }

    private async Task CallAsync(HttpContext context)
    {
        var start = time.GetTimestamp();
        try
        {
            slots.Enter();
        }
        catch (ServiceError full)
        {
            scopes.Unread(full.Code, start, RequestFacts.Current);
            GrpcCall.Refuse(context.Response, full);
            return;
        }

        try
        {
            await CountedAsync(context, overGrpc: true, start);
        }
        finally
        {
            slots.Leave();
        }
    }

    private async Task CountedAsync(HttpContext context, bool overGrpc, long start)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception)
        {
            context.Features.Get<InferResponse>()?.End(exception);
            Count(context, ErrorMapping.FromException(exception, context.RequestAborted.IsCancellationRequested).Code, start);
            throw;
        }

        if (context.Features.Get<InferResponse>() is { } response)
        {
            await AnsweredAsync(context, response);
        }

        Count(context, overGrpc ? ErrorMapping.FromGrpcStatus(GrpcStatus(context)) : ErrorMapping.FromHttpStatus(context.Response.StatusCode), start);
    }

    private static async Task AnsweredAsync(HttpContext context, InferResponse response)
    {
        try
        {
            await response.AnswerAsync(() => WriteAsync(context, response));
        }
        catch (ServiceError)
        {
            // The caller has gone, which its event says.
        }
    }

    /// <remarks>The token of the call itself means nothing once its handler has returned.</remarks>
    private static async Task WriteAsync(HttpContext context, InferResponse response)
    {
        try
        {
            if (Tensor.Bytes(response.Outputs) > MaxGatheredBytes)
            {
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            }

            context.RequestAborted.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException gone)
        {
            throw new ServiceError(ErrorCode.Cancelled, "The caller went away.", gone);
        }
    }

    private void Count(HttpContext context, ErrorCode code, long start)
    {
        if (context.Features.Get<InferenceScope>() is null)
        {
            scopes.Unread(code, start, RequestFacts.Current);
        }
    }

    private static int GrpcStatus(HttpContext context)
    {
        var trailers = context.Response.HasStarted ? context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers : context.Response.Headers;
        return int.TryParse(trailers?["grpc-status"], NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : (int)global::Grpc.Core.StatusCode.Unknown;
    }
}
