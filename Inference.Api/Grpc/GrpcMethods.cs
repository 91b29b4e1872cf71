using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Grpc;

/// <summary>Gives the calls of a service to the server as the generated code describes them, but with bytes that are no such message, or too large a one, as the caller's fault.</summary>
/// <remarks>A unary request is read before any interceptor runs, and what its parser throws would be answered with UNKNOWN and logged as our failure.</remarks>
/// <param name="bind">The generated <c>BindService</c>.</param>
/// <param name="messages">Reads them.</param>
internal sealed class GrpcMethods<[DynamicallyAccessedMembers(GrpcMethods.UsedMembers)] TService>(Action<ServiceBinderBase> bind, RequestMessages messages) : IServiceMethodProvider<TService>
    where TService : class
{
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<TService> context) => bind(new Binder(context, messages));

    private sealed class Binder(ServiceMethodProviderContext<TService> context, RequestMessages messages) : ServiceBinderBase
    {
        private readonly object[] metadata = [new HttpMethodMetadata([HttpMethods.Post])];

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
            context.AddUnaryMethod(Checked(method), metadata, Invoker<UnaryServerMethod<TService, TRequest, TResponse>>(method.Name));

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
            context.AddServerStreamingMethod(Checked(method), metadata, Invoker<ServerStreamingServerMethod<TService, TRequest, TResponse>>(method.Name));

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
            context.AddDuplexStreamingMethod(Checked(method), metadata, Invoker<DuplexStreamingServerMethod<TService, TRequest, TResponse>>(method.Name));

        private static TDelegate Invoker<TDelegate>(string method)
            where TDelegate : Delegate => typeof(TService).GetMethod(method)!.CreateDelegate<TDelegate>();

        private Method<TRequest, TResponse> Checked<TRequest, TResponse>(Method<TRequest, TResponse> method) =>
            new(method.Type, method.ServiceName, method.Name, Checked(method.RequestMarshaller), method.ResponseMarshaller);

        private Marshaller<T> Checked<T>(Marshaller<T> marshaller) => new(marshaller.ContextualSerializer, context =>
        {
            try
            {
                return messages.Read(context, marshaller);
            }
            catch (ServiceError refusal)
            {
                throw GrpcErrors.Of(refusal);
            }
            catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidDataException)
            {
                throw GrpcErrors.Of(new ServiceError(ErrorCode.InvalidArgument, $"the bytes are no {typeof(T).Name}"));
            }
        });
    }
}

internal static class GrpcMethods
{
    /// <summary>What Grpc.AspNetCore asks of a service's type by reflection.</summary>
    public const DynamicallyAccessedMemberTypes UsedMembers =
        DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicMethods | DynamicallyAccessedMemberTypes.NonPublicMethods;
}
