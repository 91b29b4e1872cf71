using System.Globalization;
using Grpc.Core;
using Grpc.Core.Interceptors;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Every failure of a call becomes the status of the one error table.</summary>
internal sealed partial class GrpcErrors(ILogger<GrpcErrors> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw ToRpcException(exception, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw ToRpcException(exception, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception exception) when (exception is not RpcException)
        {
            throw ToRpcException(exception, context);
        }
    }

    /// <summary>The text is that of the REST error object.</summary>
    public static string Text(ServiceError error) =>
        error.Errors.Count == 0 ? error.Message : string.Join("; ", error.Errors.Select(each => $"{each.Field}: {each.Message}"));

    /// <summary><c>error-code</c>, the stable code that REST has in <c>code</c>, and, when the same call may succeed later, <c>retry-after</c> in whole seconds.</summary>
    public static Metadata Details(ServiceError error)
    {
        var status = ErrorMapping.Of(error.Code);
        var details = new Metadata { { "error-code", status.Wire } };
        if (status.IsRetryable)
        {
            details.Add("retry-after", Math.Max(1, Math.Ceiling((error.RetryAfter ?? TimeSpan.FromSeconds(1)).TotalSeconds)).ToString(CultureInfo.InvariantCulture));
        }

        return details;
    }

    /// <summary>Its status, text and details.</summary>
    public static RpcException Of(ServiceError error) => new(new Status((StatusCode)ErrorMapping.Of(error.Code).GrpcStatus, Text(error)), Details(error));

    private RpcException ToRpcException(Exception exception, ServerCallContext context)
    {
        var error = ErrorMapping.FromException(exception, context.CancellationToken.IsCancellationRequested);
        if (error.Code == ErrorCode.Internal && !exception.IsLogged())
        {
            LogFailed(exception, "POST", context.Method);
        }

        return Of(error);
    }

    [LoggerMessage(EventName = TelemetryNames.Events.RequestFailed, Level = LogLevel.Error, Message = "{Method} {Route} failed with an unexpected error")]
    private partial void LogFailed(Exception exception, string method, string route);
}
