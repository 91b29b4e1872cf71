using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using MlAspire.Gateway.Access;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.Gateway.Verbosity;

/// <summary><c>/v1/telemetry/verbose-rules</c>, scope <c>admin</c>: list, set and remove.</summary>
internal static class VerboseRuleEndpoints
{
    public static void MapVerboseRules(this IEndpointRouteBuilder routes)
    {
        var rules = routes.MapGroup("/v1/telemetry/verbose-rules").RequireScope(Scope.Admin).WithTags("telemetry");
        rules.MapGet("", (VerboseRuleTable table) => TypedResults.Json(new VerboseRuleList(table.Rules), VerboseRuleJson.Default.VerboseRuleList)).WithSummary("Whose Debug lines are written").Produces<VerboseRuleList>();
        rules.MapPut("/{name}", SetAsync).WithSummary("Has the Debug lines of some requests written, for a time").TakesBody(typeof(VerboseRuleRequest)).Produces<VerboseRule>()
            .WithExample("""{"time_to_live_seconds": 600, "model": "flight-delay"}""").FailsWith(ErrorCode.InvalidArgument, ErrorCode.Unavailable);
        rules.MapDelete("/{name}", RemoveAsync).WithSummary("Ends it").Produces(StatusCodes.Status204NoContent).FailsWith(ErrorCode.NotFound, ErrorCode.Unavailable);
    }

    private static async Task<JsonHttpResult<VerboseRule>> SetAsync(string name, HttpContext context, VerboseRuleTable table, TimeProvider time, CancellationToken cancellationToken)
    {
        var rule = (await context.Request.ReadJsonAsync(VerboseRuleJson.Default.VerboseRuleRequest, cancellationToken)).ToRule(name, time.GetUtcNow());
        await table.SetAsync(rule, context.Features.GetRequiredFeature<Caller>().Name, cancellationToken);
        return TypedResults.Json(rule, VerboseRuleJson.Default.VerboseRule);
    }

    private static async Task<NoContent> RemoveAsync(string name, HttpContext context, VerboseRuleTable table, CancellationToken cancellationToken)
    {
        await table.RemoveAsync(name, context.Features.GetRequiredFeature<Caller>().Name, cancellationToken);
        return TypedResults.NoContent();
    }
}
