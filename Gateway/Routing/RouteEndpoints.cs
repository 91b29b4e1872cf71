using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Pipeline;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Routing;

/// <summary><c>/v1/models/{name}/route</c>: read it with <c>predict</c>, change it with <c>admin</c>.</summary>
internal static class RouteEndpoints
{
    public static void MapRoutes(this IEndpointRouteBuilder routes)
    {
        const string Path = "/v1/models/{name}/route";
        routes.MapGet(Path, (string name, ModelRouter router, RouteTable table) => Json(table.PlanOf(router.Find(name).Definition.Model))).RequireScope(Scope.Predict);
        routes.MapPut(Path, SetAsync).RequireScope(Scope.Admin);
        routes.MapPost($"{Path}/promote", (string name, HttpContext context, ModelRouter router, RouteTable table, CancellationToken cancellation) =>
            ChangeAsync(name, "promote", plan => plan.Promote(), context, router, table, cancellation)).RequireScope(Scope.Admin);
        routes.MapPost($"{Path}/roll-back", (string name, HttpContext context, ModelRouter router, RouteTable table, CancellationToken cancellation) =>
            ChangeAsync(name, "roll_back", plan => plan.RollBack(), context, router, table, cancellation)).RequireScope(Scope.Admin);
    }

    private static async Task<JsonHttpResult<RoutePlan>> SetAsync(string name, HttpContext context, ModelRouter router, RouteTable table, InferenceClient inference, CancellationToken cancellation)
    {
        var model = router.Find(name).Definition.Model;
        var plan = await ReadAsync(context.Request, cancellation).ConfigureAwait(false);
        plan.Check();
        await inference.CheckLoadedAsync(model, plan.Versions, cancellation).ConfigureAwait(false);
        return await ChangeAsync(model, "set", _ => plan, context, router, table, cancellation).ConfigureAwait(false);
    }

    private static async Task<JsonHttpResult<RoutePlan>> ChangeAsync(
        string name, string action, Func<RoutePlan, RoutePlan> change, HttpContext context, ModelRouter router, RouteTable table, CancellationToken cancellation) =>
        Json(await table.ChangeAsync(router.Find(name).Definition.Model, context.Features.GetRequiredFeature<Caller>().Name, action, change, cancellation).ConfigureAwait(false));

    private static async Task<RoutePlan> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(request.Body, RouteJson.Default.RoutePlan, cancellation).ConfigureAwait(false)
                ?? throw new ServiceError(ErrorCode.InvalidArgument, "must be an object", "body");
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException("The body is not a route.", StatusCodes.Status400BadRequest, e);
        }
    }

    private static JsonHttpResult<RoutePlan> Json(RoutePlan plan) => TypedResults.Json(plan, RouteJson.Default.RoutePlan);
}
