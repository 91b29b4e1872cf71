using System.Globalization;
using System.Text;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What a wait that was given up says about its resource.</summary>
internal static class WaitReport
{
    public static string Describe(string resourceName, string goal, IEnumerable<ResourceEvent?> instances)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"Resource '{resourceName}' failed to {goal} before the operation was cancelled.");
        var known = instances.OfType<ResourceEvent>().ToArray();
        if (known.Length == 0)
        {
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"Unable to retrieve current state for resource '{resourceName}'.");
        }

        foreach (var instance in known)
        {
            DescribeInstance(text, instance);
        }

        return text.ToString();
    }

    private static void DescribeInstance(StringBuilder text, ResourceEvent instance)
    {
        var snapshot = instance.Snapshot;
        text.AppendLine().Append(CultureInfo.InvariantCulture, $"- {instance.ResourceId}: state {snapshot.State?.Text ?? "(none)"}, health {snapshot.HealthStatus?.ToString() ?? "(none)"}");
        if (snapshot.ExitCode is { } exitCode)
        {
            text.Append(CultureInfo.InvariantCulture, $", exit code {exitCode}");
        }

        foreach (var report in snapshot.HealthReports)
        {
            var firstLine = (report.ExceptionText ?? report.Description ?? "").Split('\n')[0].Trim();
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"  - {report.Name}: {report.Status?.ToString() ?? "not run yet"} {firstLine}");
        }

        if (snapshot.Properties.FirstOrDefault(property => property.Name == KnownProperties.WaitingFor)?.Value is IEnumerable<string> waitingFor)
        {
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"  - waiting for: {string.Join(", ", waitingFor)}");
        }
    }
}
