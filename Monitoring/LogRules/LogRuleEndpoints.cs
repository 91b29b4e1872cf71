using Microsoft.Extensions.Options;

namespace MlAspire.Monitoring.LogRules;

/// <summary><c>GET /v1/log-rules</c>: the rules and whether they fire.</summary>
internal static class LogRuleEndpoints
{
    /// <summary>Registers the rules. Not as checked options: their monitor throws in whoever reloads the configuration when it is wrong, and here the worker asks anew itself.</summary>
    public static void AddLogRules(this IHostApplicationBuilder builder)
    {
        var section = builder.Configuration.GetSection(LogRulesOptions.Section);
        builder.Services.AddOptions<LogRulesOptions>().Configure(rules => section.Bind(rules, binder => binder.ErrorOnUnknownConfiguration = true));
        builder.Services.AddSingleton<IValidateOptions<LogRulesOptions>, LogRulesOptionsValidator>();
        builder.Services.AddSingleton<LogRuleWorker>().AddHostedService(services => services.GetRequiredService<LogRuleWorker>());
    }

    public static void MapLogRules(this IEndpointRouteBuilder routes) => routes.MapGet("/v1/log-rules", (LogRuleWorker worker) => TypedResults.Ok(new LogRuleList(worker.States)));
}

/// <summary>A rule as of the last look.</summary>
/// <param name="Count">Lines in the window.</param>
/// <param name="FiresAt">Lines in the window from which on it fires.</param>
/// <param name="FiringSince">Null = it does not fire.</param>
internal sealed record LogRuleState(string Name, int Count, int FiresAt, double WindowSeconds, DateTimeOffset? FiringSince);

internal sealed record LogRuleList(IReadOnlyList<LogRuleState> Rules);
