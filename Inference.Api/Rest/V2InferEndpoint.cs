using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Inference.Api.Protocol;
using MlAspire.Inference.Api.Serving;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.Logging;

namespace MlAspire.Inference.Api.Rest;

/// <summary><c>POST /v2/models/{model}[/versions/{version}]/infer</c>.</summary>
internal sealed class V2InferEndpoint(InferenceService service, V2RequestReader reader, InferenceScopes scopes, ErrorAnswers errors, LimitsOptions limits)
{
    private const int MaxGatheredBytes = 16 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? header; // the JSON of an answer is made here and copied out; kept for the next one when it is small

    public Task HandleAsync(HttpContext context)
    {
        var model = (string)context.GetRouteValue("model")!;
        var version = (string?)context.GetRouteValue("version");
        var scope = new InferenceScope(context.Features.Get<Deadline>() is { } deadline ? IsOver(deadline) : null, context.RequestAborted) { Line = RequestFacts.Current };
        context.Features.Set(scope);
        // Before the body is read: nothing is buffered for a model that cannot answer. Not thrown: under overload that would cost more than the rest of a refusal.
        if (service.Refusal(model, version, scope) is { } refusal)
        {
            scopes.Refused(scope, refusal.Code);
            SayVersion(context, scope);
            return errors.WriteAsync(context, refusal);
        }

        return scopes.RunAsync(scope, (Endpoint: this, Context: context, Model: model, Version: version), static (call, scope) => call.Endpoint.HandleAsync(call.Context, call.Model, call.Version, scope));
    }

    private static Func<bool> IsOver(Deadline deadline) => () => deadline.Passed;

    private async Task<bool> HandleAsync(HttpContext context, string model, string? version, InferenceScope scope)
    {
        var cancellationToken = context.RequestAborted;
        try
        {
            using var body = await RequestBody.ReadAsync(context, limits.MaxRequestBytes, cancellationToken);
            var request = Read(context.Request, model, version, body.Memory);
            using var response = await service.InferAsync(request.Request, scope);
            await WriteAsync(context, request, response, cancellationToken);
            return true;
        }
        catch
        {
            SayVersion(context, scope);
            throw;
        }
    }

    /// <summary>Says on a failure's answer which version was to answer; when it starts, as what is there before is cleared from it.</summary>
    private static void SayVersion(HttpContext context, InferenceScope scope)
    {
        if (scope.ModelVersion is { } version && !context.Response.HasStarted)
        {
            context.Response.OnStarting(() =>
            {
                context.Response.Headers[ModelVersionHeader.Name] = version;
                return Task.CompletedTask;
            });
        }
    }

    private RestInferRequest Read(HttpRequest request, string model, string? version, ReadOnlyMemory<byte> body) => BinaryHeader.Read(request, body.Length) switch
    {
        // A raw request has no JSON at all; all its outputs come back as bytes.
        0 => new RestInferRequest(service.RawRequest(model, version, body), BinaryByDefault: true),
        var jsonBytes => reader.Read(model, version, body, jsonBytes ?? body.Length),
    };

    private static Task WriteAsync(HttpContext context, RestInferRequest request, InferResponse response, CancellationToken cancellationToken)
    {
        var json = header ?? new ArrayBufferWriter<byte>(512);
        header = null; // also when the answer cannot be written
        json.ResetWrittenCount();
        V2ResponseWriter.WriteJson(json, response, request);
        if (json.WrittenCount <= V2ResponseWriter.MaxKeptBytes)
        {
            header = json;
        }

        long bytes = json.WrittenCount;
        var isBinary = false;
        for (var i = 0; i < response.Outputs.Count; i++)
        {
            if (request.IsBinary(i))
            {
                isBinary = true;
                bytes += response.Outputs[i].Data.Length;
            }
        }

        context.Response.Headers[ModelDigestHeader.Name] = response.ModelDigest;
        if (response.Batch is { } batch)
        {
            context.Response.Headers[ModelBatch.HeaderName] = batch.ToHeader();
        }

        context.Response.ContentType = isBinary ? "application/octet-stream" : "application/json";
        if (isBinary)
        {
            context.Response.Headers[BinaryHeader.Name] = json.WrittenCount.ToString(CultureInfo.InvariantCulture);
        }

        if (ResponseEncoding.Choose(context.Request, bytes) is { } coding)
        {
            return CompressAsync(context, coding, json.WrittenSpan.ToArray(), (request, response), cancellationToken);
        }

        context.Response.ContentLength = bytes;
        context.Response.BodyWriter.Write(json.WrittenSpan);
        return WriteBinaryAsync(context.Response.BodyWriter, request, response, cancellationToken);
    }

    private static async Task CompressAsync(HttpContext context, string coding, byte[] json, (RestInferRequest Request, InferResponse Response) answer, CancellationToken cancellationToken)
    {
        await using var compressed = ResponseEncoding.Open(context.Response, coding);
        await compressed.WriteAsync(json, cancellationToken);
        var writer = PipeWriter.Create(compressed, new StreamPipeWriterOptions(leaveOpen: true));
        await WriteBinaryAsync(writer, answer.Request, answer.Response, cancellationToken);
        await writer.CompleteAsync();
    }

    /// <summary>Small outputs leave together with what was written before them.</summary>
    private static async Task WriteBinaryAsync(PipeWriter writer, RestInferRequest request, InferResponse response, CancellationToken cancellationToken)
    {
        for (var i = 0; i < response.Outputs.Count; i++)
        {
            if (!request.IsBinary(i))
            {
                continue;
            }

            var data = response.Outputs[i].Data;
            if (data.Length <= MaxGatheredBytes)
            {
                writer.Write(data.Span);
            }
            else
            {
                await writer.WriteAsync(data, cancellationToken);
            }
        }

        await writer.FlushAsync(cancellationToken);
    }
}
