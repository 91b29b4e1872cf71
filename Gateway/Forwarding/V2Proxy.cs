using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Audit;
using MlAspire.Gateway.Limits;
using MlAspire.Gateway.Routing;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.OpenApi;
using Yarp.ReverseProxy.Forwarder;

namespace MlAspire.Gateway.Forwarding;

/// <summary><c>/v2/**</c>: forwarded as it is to Inference.Api, which answers in its own words.</summary>
internal static class V2Proxy
{
    private const string Client = "v2";
    private const string Destination = "http://inference";
    private const string Octets = "application/octet-stream";
    private const string Binary = "Binary tensor data behind its JSON.";

    private static readonly ForwarderRequestConfig Request = new() { ActivityTimeout = TimeSpan.FromSeconds(100), Version = HttpVersion.Version11 };

    public static IHostApplicationBuilder AddV2Proxy(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHttpForwarder();

        builder.Services.AddSingleton<InferenceProxy>();

        // A body is not sent twice, so there is no retry here.
        builder.Services.AddHttpClient(Client).UseServiceConnections().AddServiceDiscovery().AddRequestTelemetry();
        return builder;
    }

    /// <summary>Reading and inference need the scope predict, and each inference leaves a record; everything else (loading, settings) changes the server, needs admin and is in the audit log.</summary>
    public static void MapV2Proxy(this IEndpointRouteBuilder routes)
    {
        var limit = new RequestSizeLimitAttribute(routes.ServiceProvider.GetRequiredService<IOptions<LimitsOptions>>().Value.ForwardedBodyBytes);
        routes = routes.MapGroup("").WithMetadata(limit);
        Describe(routes.MapMethods("/v2/{**rest}", [HttpMethods.Get, HttpMethods.Head], PassAsync).RequireScope(Scope.Predict), "Reads of the model server");
        DescribeInfer(routes.MapPost("/v2/models/{model}/infer", InferAsync).RequireScope(Scope.Predict), "Runs a model");
        DescribeInfer(routes.MapPost("/v2/models/{model}/versions/{version}/infer", InferAsync).RequireScope(Scope.Predict), "Runs a version of a model");
        Describe(routes.MapPost("/v2/repository/index", PassAsync).RequireScope(Scope.Admin), "Models, versions and states").TakesBody(typeof(JsonElement), isOptional: true);
        Describe(routes.MapMethods("/v2/{**rest}", [HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete], RecordAsync).RequireScope(Scope.Admin), "Changes the model server").TakesBody(typeof(JsonElement), isOptional: true).FailsWith(ErrorCode.Aborted);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder route, string summary) => route
        .WithTags("v2").WithSummary(summary).Produces<JsonElement>().FailsWith(ErrorCode.InvalidArgument, ErrorCode.NotFound, ErrorCode.Unavailable, ErrorCode.DeadlineExceeded);

    private static void DescribeInfer(RouteHandlerBuilder route, string summary) => Describe(route, summary)
        .TakesBody(typeof(JsonElement)).TakesToo(Octets, Binary).AnswersToo(Octets, Binary).FailsWith(ErrorCode.PayloadTooLarge, ErrorCode.Overloaded, ErrorCode.NotReady);

    private static async Task PassAsync(HttpContext context, IHttpForwarder forwarder, IHttpMessageHandlerFactory handlers) =>
        await ForwardAsync(context, forwarder, handlers, HttpTransformer.Default);

    private static Task InferAsync(HttpContext context, IHttpForwarder forwarder, IHttpMessageHandlerFactory handlers, InferenceProxy proxy) =>
        proxy.RunAsync(context, () => ForwardAsync(context, forwarder, handlers, HttpTransformer.Default));

    private static async Task RecordAsync(HttpContext context, IHttpForwarder forwarder, IHttpMessageHandlerFactory handlers, AuditLog audit, RouteTable routes, IOptions<AuditOptions> options, TimeProvider time)
    {
        if (ModelServerChange.ModelOf(context.Request.Path.Value!) is (var model, false))
        {
            routes.CheckUnused(model);
        }

        await ForwardAsync(context, forwarder, handlers, await RecordingProxy.OfAsync(context, audit, options.Value.StallsAfter, time));
    }

    private static async Task<ForwarderError> ForwardAsync(HttpContext context, IHttpForwarder forwarder, IHttpMessageHandlerFactory handlers, HttpTransformer transformer)
    {
        context.Request.Headers.Cookie = default; // those of other services of this host
        using var invoker = new HttpMessageInvoker(handlers.CreateHandler(Client), disposeHandler: false);
        var error = await forwarder.SendAsync(context, Destination, invoker, Request, transformer);
        if (error != ForwarderError.None && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            var cause = context.Features.Get<IForwarderErrorFeature>()?.Exception ?? new HttpRequestException(error.ToString());
            throw cause as ServiceError ?? (error == ForwarderError.RequestBodyClient ? OfBody(context, cause) : error == ForwarderError.RequestTimedOut
                ? new ServiceError(ErrorCode.DeadlineExceeded, "The service inference did not answer in time.", cause)
                : new ServiceError(ErrorCode.Unavailable, "The service inference cannot be reached.", cause));
        }

        return error;
    }

    /// <summary>The caller's body could not be read to its end: it is too large or comes too slowly, as the status that YARP chose says.</summary>
    private static ServiceError OfBody(HttpContext context, Exception cause) => ErrorMapping.FromHttpStatus(context.Response.StatusCode) switch
    {
        ErrorCode.PayloadTooLarge => new(ErrorCode.PayloadTooLarge, $"The body is larger than {context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize} bytes.", cause),
        var code => new(code, "The body could not be read to its end.", cause),
    };
}
