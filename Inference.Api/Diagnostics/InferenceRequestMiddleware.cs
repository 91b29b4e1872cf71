using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using MlAspire.Inference.Api.Protos;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Logging;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>Counts the inferences that no handler got: a wrong path or method, a gRPC message that is too large or cannot be read. A handler leaves its <see cref="InferenceScope"/> as a feature.</summary>
internal sealed class InferenceRequestMiddleware(RequestDelegate next, InferenceScopes scopes, TimeProvider time)
{
    private static readonly string GrpcPath = $"/{GRPCInferenceService.Descriptor.FullName}/ModelInfer";

    public async Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var overGrpc = path == GrpcPath;
        if (!overGrpc && !(path.StartsWith("/v2/models/", StringComparison.Ordinal) && path.EndsWith("/infer", StringComparison.Ordinal)))
        {
            await next(context);
            return;
        }

        var start = time.GetTimestamp();
        try
        {
            await next(context);
            Count(context, overGrpc ? ErrorMapping.FromGrpcStatus(GrpcStatus(context)) : ErrorMapping.FromHttpStatus(context.Response.StatusCode), start);
        }
        catch (Exception exception)
        {
            Count(context, ErrorMapping.FromException(exception, context.RequestAborted.IsCancellationRequested).Code, start);
            throw;
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
