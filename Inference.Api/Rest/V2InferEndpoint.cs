using System.Buffers;
using System.Globalization;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Rest;

/// <summary><c>POST /v2/models/{model}[/versions/{version}]/infer</c>.</summary>
internal sealed class V2InferEndpoint(InferenceService service, V2RequestReader reader, InferenceScopes scopes, LimitsOptions limits)
{
    public Task HandleAsync(HttpContext context, string model, string? version)
    {
        var request = new InferenceScope(DateTime.MaxValue, context.RequestAborted);
        context.Features.Set(request);
        return scopes.RunAsync(request, scope => HandleAsync(context, model, version, scope));
    }

    private async Task<bool> HandleAsync(HttpContext context, string model, string? version, InferenceScope scope)
    {
        var cancellationToken = context.RequestAborted;
        // Before the body is read: nothing is buffered for a model that cannot answer.
        service.RequireReady(model, version, scope);
        using var body = await RequestBody.ReadAsync(context, limits.MaxRequestBytes, cancellationToken);
        var request = Read(context.Request, model, version, body.Memory);
        using var response = await service.InferAsync(request.Request, scope);
        await WriteAsync(context, request, response, cancellationToken);
        return true;
    }

    private RestInferRequest Read(HttpRequest request, string model, string? version, ReadOnlyMemory<byte> body) => BinaryHeader.Read(request, body.Length) switch
    {
        // A raw request has no JSON at all; all its outputs come back as bytes.
        0 => new RestInferRequest(service.RawRequest(model, version, body), BinaryByDefault: true, new Dictionary<string, bool>()),
        var jsonBytes => reader.Read(model, version, body, jsonBytes ?? body.Length),
    };

    private static async Task WriteAsync(HttpContext context, RestInferRequest request, InferResponse response, CancellationToken cancellationToken)
    {
        var json = new ArrayBufferWriter<byte>();
        V2ResponseWriter.WriteJson(json, response, request);
        var binary = response.Outputs.Where(output => request.IsBinary(output.Name)).ToArray();
        context.Response.Headers[ModelDigestHeader.Name] = response.ModelDigest;
        context.Response.ContentType = "application/json";
        if (binary.Length > 0)
        {
            context.Response.ContentType = "application/octet-stream";
            context.Response.Headers[BinaryHeader.Name] = json.WrittenCount.ToString(CultureInfo.InvariantCulture);
        }

        var bytes = json.WrittenCount + binary.Sum(output => (long)output.Data.Length);
        if (ResponseEncoding.Choose(context.Request, bytes) is { } coding)
        {
            await using var compressed = ResponseEncoding.Open(context.Response, coding);
            await WriteAsync(compressed, json.WrittenMemory, binary, cancellationToken);
            return;
        }

        context.Response.ContentLength = bytes;
        await WriteAsync(context.Response.Body, json.WrittenMemory, binary, cancellationToken);
    }

    private static async Task WriteAsync(Stream body, ReadOnlyMemory<byte> json, Tensor[] binary, CancellationToken cancellationToken)
    {
        await body.WriteAsync(json, cancellationToken);
        foreach (var output in binary)
        {
            await body.WriteAsync(output.Data, cancellationToken);
        }
    }
}
