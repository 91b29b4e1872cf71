using System.Buffers;
using System.Globalization;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Rest;

/// <summary><c>POST /v2/models/{model}[/versions/{version}]/infer</c>.</summary>
internal sealed class V2InferEndpoint(InferenceService service, V2RequestReader reader, InferenceScopes scopes, LimitsOptions limits)
{
    public Task HandleAsync(HttpContext context, string model, string? version) =>
        scopes.RunAsync(scope => HandleAsync(context, model, version, scope), context.RequestAborted);

    private async Task<bool> HandleAsync(HttpContext context, string model, string? version, InferenceScope scope)
    {
        var cancellationToken = context.RequestAborted;
        // Before the body is read: nothing is buffered for a model that cannot answer.
        service.RequireReady(model, version);
        using var body = await RequestBody.ReadAsync(context, limits.MaxRequestBytes, cancellationToken);
        var request = reader.Read(model, version, body.Memory, BinaryHeader.Read(context.Request, body.Memory.Length) ?? body.Memory.Length);
        using var response = await service.InferAsync(request.Request, scope, cancellationToken);
        await WriteAsync(context, request, response, cancellationToken);
        return true;
    }

    private static async Task WriteAsync(HttpContext context, RestInferRequest request, InferResponse response, CancellationToken cancellationToken)
    {
        var json = new ArrayBufferWriter<byte>();
        V2ResponseWriter.WriteJson(json, response, request);
        var binary = response.Outputs.Where(output => request.IsBinary(output.Name)).ToArray();
        context.Response.ContentType = "application/json";
        if (binary.Length > 0)
        {
            context.Response.ContentType = "application/octet-stream";
            context.Response.Headers[BinaryHeader.Name] = json.WrittenCount.ToString(CultureInfo.InvariantCulture);
        }

        context.Response.ContentLength = json.WrittenCount + binary.Sum(output => (long)output.Data.Length);
        await context.Response.Body.WriteAsync(json.WrittenMemory, cancellationToken);
        foreach (var output in binary)
        {
            await context.Response.Body.WriteAsync(output.Data, cancellationToken);
        }
    }
}
