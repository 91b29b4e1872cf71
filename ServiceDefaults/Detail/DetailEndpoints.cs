using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary><c>POST /telemetry/keep</c>: a calling service says which traces are to be told. Not there where callers are not trusted.</summary>
internal static class DetailEndpoints
{
    public const string Path = "/telemetry/keep";

    private const int MaxBodyBytes = 64 * 1024;

    public static void MapDetail(this IEndpointRouteBuilder routes)
    {
        if (routes.ServiceProvider.GetRequiredService<IOptions<DetailOptions>>().Value.TrustsCallers)
        {
            routes.MapPost(Path, KeepAsync).WithTags(ApiTags.Internal).WithSummary("Says which traces are to be told")
                .TakesBody(typeof(KeepBody)).Produces(StatusCodes.Status204NoContent).FailsWith(ErrorCode.InvalidArgument, ErrorCode.PayloadTooLarge);
        }
    }

    private static async Task<IResult> KeepAsync(HttpRequest request, WaitingDetails waiting, CancellationToken cancellationToken)
    {
        if (request.ContentLength is null or > MaxBodyBytes)
        {
            throw new ServiceError(ErrorCode.PayloadTooLarge, $"Must have a length of at most {MaxBodyBytes} bytes.", "body");
        }

        var body = await ReadAsync(request, cancellationToken);
        if (body?.Traces is not { Count: <= VerdictSender.MaxTraces } traces || !traces.All(IsTrace))
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"Must be at most {VerdictSender.MaxTraces} trace ids of 32 hex digits.", "traces");
        }

        foreach (var trace in traces)
        {
            waiting.Keep(trace);
        }

        return TypedResults.NoContent();
    }

    private static async Task<KeepBody?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(request.Body, DetailJson.Default.KeepBody, cancellationToken);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsTrace(string id) => id is { Length: 32 } && id.All(char.IsAsciiHexDigitLower);
}
