using MlAspire.Monitoring.Configuration;
using MlAspire.ServiceDefaults.Access;

namespace MlAspire.Monitoring.LogRules;

/// <summary><c>GET /v1/log-rules</c>: the rules and whether they fire.</summary>
internal static class LogRuleEndpoints
{
    public static void AddLogRules(this IHostApplicationBuilder builder)
    {
        builder.AddReloadedOptions<LogRulesOptions, LogRulesOptionsValidator>(LogRulesOptions.Section);
        builder.Services.AddSingleton<LogRuleWorker>().AddHostedService(services => services.GetRequiredService<LogRuleWorker>());
    }

    public static void MapLogRules(this IEndpointRouteBuilder routes) => routes.MapGet("/v1/log-rules", (LogRuleWorker worker) => TypedResults.Ok(new LogRuleList(worker.States)))
        .RequireKeyOrPassword().WithTags("logs").WithSummary("The rules on log lines, and whether they fire");
}

/// <summary>A rule as of the last look.</summary>
/// <param name="Count">Lines in the window.</param>
/// <param name="FiresAt">Lines in the window from which on it fires.</param>
/// <param name="FiringSince">Null = it does not fire.</param>
internal sealed record LogRuleState(string Name, int Count, int FiresAt, double WindowSeconds, DateTimeOffset? FiringSince);

internal sealed record LogRuleList(IReadOnlyList<LogRuleState> Rules);
