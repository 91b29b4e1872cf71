using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Rest;

/// <summary>One line of the repository index; what does not apply is left out.</summary>
public sealed record ModelIndexBody(string Name, string? Version, string State, string? Reason);

/// <summary>Body of an index request.</summary>
public sealed record IndexRequestBody(bool Ready = false);

/// <summary>Body of a load or unload request.</summary>
public sealed record LoadRequestBody(IReadOnlyDictionary<string, JsonElement>? Parameters = null);

/// <summary>The routes of Triton's model repository, model configuration and statistics extensions.</summary>
internal static class RepositoryEndpoints
{
    private const int MaxBodyBytes = 1 << 20; // of all but a load, which may bring files

    public static void MapRepository(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v2/repository/index", IndexAsync);
        routes.MapPost("/v2/repository/models/{model}/load", LoadAsync);
        routes.MapPost("/v2/repository/models/{model}/unload", async (RepositoryService service, HttpContext context, string model) =>
        {
            RepositoryService.CheckUnload(Parameters(await JsonBody.ReadAsync(context, V2Json.Default.LoadRequestBody, MaxBodyBytes)));
            await service.UnloadAsync(model, context.RequestAborted);
        });
        routes.MapGet("/v2/models/stats", (RepositoryService service) => Stats(service.Statistics(null, null)));
        routes.MapGet("/v2/models/{model}/stats", (RepositoryService service, string model) => Stats(service.Statistics(model, null)));
        routes.MapGet("/v2/models/{model}/versions/{version}/stats", (RepositoryService service, string model, string version) => Stats(service.Statistics(model, version)));
        routes.MapGet("/v2/models/{model}/config", (RepositoryService service, string model) => Config(service, model, null));
        routes.MapGet("/v2/models/{model}/versions/{version}/config", (RepositoryService service, string model, string version) => Config(service, model, version));
    }

    private static async Task<JsonHttpResult<IReadOnlyList<ModelIndexBody>>> IndexAsync(RepositoryService service, HttpContext context)
    {
        var request = await JsonBody.ReadAsync(context, V2Json.Default.IndexRequestBody, MaxBodyBytes);
        IReadOnlyList<ModelIndexBody> lines = [.. service.Index(request?.Ready ?? false).Select(line => new ModelIndexBody(line.Name, OrNull(line.Version), line.State, OrNull(line.Reason)))];
        return TypedResults.Json(lines, V2Json.Default.IReadOnlyListModelIndexBody);
    }

    private static async Task LoadAsync(RepositoryService service, LimitsOptions limits, HttpContext context, string model)
    {
        using var load = service.BeginLoad();
        await service.LoadAsync(model, Parameters(await JsonBody.ReadAsync(context, V2Json.Default.LoadRequestBody, limits.MaxRequestBytes)), context.RequestAborted);
    }

    private static JsonHttpResult<StatisticsBody> Stats(IEnumerable<LoadedModel> models) => TypedResults.Json(StatisticsBody.Of(models), V2Json.Default.StatisticsBody);

    private static ContentHttpResult Config(RepositoryService service, string model, string? version) => TypedResults.Text(ModelConfigFile.Format(service.Config(model, version)), "application/json");

    private static Dictionary<string, object> Parameters(LoadRequestBody? body) => (body?.Parameters ?? new Dictionary<string, JsonElement>()).ToDictionary(
        pair => pair.Key,
        pair => pair.Value.ValueKind switch
        {
            JsonValueKind.String => (object)JsonBody.Text(pair.Value, $"parameters.{TensorCheck.Short(pair.Key)}"),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number when pair.Value.TryGetInt64(out var number) => number,
            _ => throw TensorCheck.Invalid("a parameter must be a string, an integer or a boolean", $"parameters.{TensorCheck.Short(pair.Key)}"),
        },
        StringComparer.Ordinal);

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}
