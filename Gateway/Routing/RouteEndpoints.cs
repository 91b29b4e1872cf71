using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Pipeline.Infer;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.OpenApi;
using MlAspire.ServiceDefaults.Time;

namespace MlAspire.Gateway.Routing;

/// <summary><c>/v1/models/{name}/route</c>: read it with <c>predict</c>, as it is or was; set it with <c>admin</c>, end or pause a canary with <c>rollout</c>; who changed it is read with <c>audit.read</c>.</summary>
internal static class RouteEndpoints
{
    private const string RollBack = "roll_back";

    public static void MapRoutes(this IEndpointRouteBuilder routes)
    {
        const string Path = "/v1/models/{name}/route";
        var route = routes.MapGroup(Path).WithTags("routes");
        route.MapGet("", (string name, string? at, ModelRouter router, RouteTable table, VersionsInUse versions) => Json(PlanOf(table, versions, router.Find(name).Definition.Model, at))).RequireScope(Scope.Predict)
            .WithSummary("Which versions answer, or did").Produces<RoutePlan>().WithParameters(ApiQuery.Time("at", "The moment; without it now.")).FailsWith(ErrorCode.InvalidArgument, ErrorCode.NotFound);
        route.MapGet("/history", (string name, int? limit, ModelRouter router, RouteTable table) =>
            TypedResults.Json<IReadOnlyList<RouteChange>>([.. table.ChangesOf(router.Find(name).Definition.Model).TakeLast(LimitOf(limit))], RouteJson.Default.IReadOnlyListRouteChange)).RequireScope(Scope.AuditRead)
            .WithSummary("Who changed it, the oldest first").Produces<IReadOnlyList<RouteChange>>().WithParameters(ApiQuery.Number("limit", "The newest so many; all without it.", 1, int.MaxValue)).FailsWith(ErrorCode.InvalidArgument, ErrorCode.NotFound);
        route.MapPut("", SetAsync).RequireScope(Scope.Admin).WithSummary("Sets which versions answer").TakesBody(typeof(RoutePlan)).Produces<RoutePlan>()
            .WithExample("""{"aliases": {"champion": "1"}, "canary": {"version": "2", "weight": 0.1}}""")
            .FailsWith(ErrorCode.InvalidArgument, ErrorCode.NotFound, ErrorCode.Unavailable, ErrorCode.DeadlineExceeded);
        MapChange("promote", "Makes the canary the champion", RouteChange.Promoted, (plan, _) => plan.Promote());
        MapChange("pause", "Keeps the canary from answering", "pause", (plan, _) => plan.Pause());
        MapChange("resume", "Lets the canary answer again", "resume", (plan, _) => plan.Resume());
        MapChange("roll-back", "Ends the canary, or undoes a promotion", RollBack, (plan, history) => plan.RollBack(history));

        void MapChange(string path, string summary, string action, Func<RoutePlan, IReadOnlyList<RouteChange>, RoutePlan> change) =>
            route.MapPost($"/{path}", async (string name, HttpContext context, ModelRouter router, RouteTable table, InferenceClient inference, CancellationToken cancellationToken) =>
            {
                var model = router.Find(name).Definition.Model;
                var act = ActOf(context, action, await ReasonAsync(context.Request, cancellationToken));
                var plan = table.PlanAfter(model, act, change);
                if (plan.Asked.Except(table.PlanOf(model).Asked).Any()) // not when a canary only ends: that must always be possible
                {
                    await CheckLoadedAsync(inference, model, plan, goesBack: action == RollBack, cancellationToken);
                }

                return Json(await table.ChangeAsync(model, act, change, cancellationToken));
            }).RequireScope(Scope.Rollout).WithSummary(summary).TakesBody(typeof(RouteReason), isOptional: true).Produces<RoutePlan>()
            .FailsWith(ErrorCode.InvalidArgument, ErrorCode.NotFound, ErrorCode.Aborted, ErrorCode.Unavailable, ErrorCode.DeadlineExceeded);
    }

    private static async Task CheckLoadedAsync(InferenceClient inference, string model, RoutePlan plan, bool goesBack, CancellationToken cancellationToken)
    {
        try
        {
            await inference.CheckLoadedAsync(model, plan.Versions, cancellationToken);
        }
        catch (Exception e) when (goesBack && ErrorMapping.FromException(e, cancellationToken.IsCancellationRequested).Code is ErrorCode.Unavailable or ErrorCode.DeadlineExceeded)
        {
            // A model server that does not answer keeps nobody from going back.
        }
    }

    private static RoutePlan PlanOf(RouteTable table, VersionsInUse versions, string model, string? at) => at is null ? table.PlanOf(model) with { InProgress = versions.Of(model) } : table.PlanAt(model, IsoTime.Parse(at, "at"));

    private static async Task<JsonHttpResult<RoutePlan>> SetAsync(string name, HttpContext context, ModelRouter router, RouteTable table, InferenceClient inference, CancellationToken cancellationToken)
    {
        var model = router.Find(name).Definition.Model;
        var plan = await context.Request.ReadJsonAsync(RouteJson.Default.RoutePlan, cancellationToken) with { InProgress = null };
        plan.Check();
        await inference.CheckLoadedAsync(model, plan.Versions, cancellationToken);
        return Json(await table.ChangeAsync(model, ActOf(context, "set", new()), (_, _) => plan, cancellationToken));
    }

    private static int LimitOf(int? limit) => limit is < 1 ? throw new ServiceError(ErrorCode.InvalidArgument, "must be at least 1", "limit") : limit ?? int.MaxValue;

    private static RouteAct ActOf(HttpContext context, string action, RouteReason reason) => new(context.Features.GetRequiredFeature<Caller>().Name, action, reason);

    private static async Task<RouteReason> ReasonAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true })
        {
            return new();
        }

        var reason = await request.ReadJsonAsync(RouteJson.Default.RouteReason, cancellationToken);
        reason.Check();
        return reason;
    }

    private static JsonHttpResult<RoutePlan> Json(RoutePlan plan) => TypedResults.Json(plan, RouteJson.Default.RoutePlan);
}
