using System.Globalization;
using MlAspire.Monitoring.Rollouts;
using static MlAspire.Monitoring.Pages.Markup;

namespace MlAspire.Monitoring.Pages;

/// <summary>The automatic canaries as markup: what each criterion says, and the verdict. Pure.</summary>
internal static class RolloutRow
{
    public static string Render(IReadOnlyList<RolloutState> rollouts) => rollouts.Count == 0 ? "" : $"""
        <section class="wide">
        <h2>Rollouts</h2>
        <div class="scroll"><table><thead><tr><th>model</th><th>champion</th><th>canary</th><th>since</th><th>requests of the canary</th><th>labels</th><th>criteria: champion, canary, evidence</th><th>verdict</th></tr></thead><tbody>{string.Concat(rollouts.Select(Row))}</tbody></table></div>
        </section>
        """;

    private static string Row(RolloutState rollout) => string.Create(CultureInfo.InvariantCulture, $"""
        <tr><td>{Encode(rollout.Model)}</td><td>{Encode(rollout.Champion)}</td><td>{Encode(rollout.Canary)}</td><td>{rollout.Since:yyyy-MM-dd HH:mm:ss}</td><td>{rollout.CanaryRequests:#,0}</td><td>{rollout.Labels:#,0}</td><td>{string.Join("<br>", rollout.Criteria.Select(Criterion))}</td><td>{Encode(rollout.Verdict ?? "none yet")}{(rollout.Reason is { } reason ? $"<br>{Encode(reason)}" : "")}</td></tr>
        """);

    private static string Criterion(KeyValuePair<string, Comparison?> criterion) => criterion.Value is { } comparison
        ? string.Create(CultureInfo.InvariantCulture, $"{criterion.Key}: {comparison.Stable:0.####}, {comparison.Canary:0.####}, {Math.Min(comparison.Information, 1):0 %}")
        : $"{criterion.Key}: too little";
}
