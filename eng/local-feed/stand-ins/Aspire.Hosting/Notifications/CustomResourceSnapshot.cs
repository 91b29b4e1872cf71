using System.Collections.Immutable;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What the dashboard and waiters see of one resource instance. Immutable; an update replaces it whole.</summary>
public sealed record CustomResourceSnapshot
{
    private readonly ImmutableArray<HealthReportSnapshot> healthReports = [];
    private readonly ResourceStateSnapshot? state;

    /// <summary>Number of the publication, counted for each resource instance from 1.</summary>
    internal long Version { get; init; }

    public required string ResourceType { get; init; }

    public required ImmutableArray<ResourcePropertySnapshot> Properties { get; init; }

    /// <summary>UTC, as the next two.</summary>
    public DateTime? CreationTimeStamp { get; init; }

    public DateTime? StartTimeStamp { get; init; }

    public DateTime? StopTimeStamp { get; init; }

    public ResourceStateSnapshot? State
    {
        get => state;
        init
        {
            state = value;
            HealthStatus = HealthOf(healthReports, value?.Text);
        }
    }

    public int? ExitCode { get; init; }

    /// <summary>The outcome of the subscribers of <c>ResourceReadyEvent</c>; null until the resource is ready.</summary>
    internal EventSnapshot? ResourceReadyEvent { get; init; }

    /// <summary>Null unless Running; the worst report otherwise, Unhealthy while a report is outstanding, Healthy without reports.</summary>
    public HealthStatus? HealthStatus { get; private init; }

    public ImmutableArray<HealthReportSnapshot> HealthReports
    {
        get => healthReports;
        internal init
        {
            healthReports = value;
            HealthStatus = HealthOf(value, state?.Text);
        }
    }

    public ImmutableArray<EnvironmentVariableSnapshot> EnvironmentVariables { get; init; } = [];

    public ImmutableArray<UrlSnapshot> Urls { get; init; } = [];

    public ImmutableArray<VolumeSnapshot> Volumes { get; init; } = [];

    public ImmutableArray<ResourceCommandSnapshot> Commands { get; init; } = [];

    public ImmutableArray<RelationshipSnapshot> Relationships { get; init; } = [];

    public bool IsHidden { get; init; }

    public string? IconName { get; init; }

    public IconVariant? IconVariant { get; init; }

    private static HealthStatus? HealthOf(ImmutableArray<HealthReportSnapshot> reports, string? state)
    {
        if (state != KnownResourceStates.Running)
        {
            return null;
        }

        var worst = Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy;
        foreach (var report in reports)
        {
            var status = report.Status ?? Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy;
            worst = status < worst ? status : worst;
        }

        return worst;
    }

    /// <summary>True when both describe the same thing, whatever their <see cref="Version"/>: such an update is not published.</summary>
    internal bool ContentEquals(CustomResourceSnapshot other) =>
        ReferenceEquals(this, other)
        || ScalarsEqual(other)
        && SnapshotContent.PropertiesEqual(Properties, other.Properties)
        && EnvironmentVariables.SequenceEqual(other.EnvironmentVariables)
        && Urls.SequenceEqual(other.Urls)
        && Volumes.SequenceEqual(other.Volumes)
        && Commands.SequenceEqual(other.Commands)
        && Relationships.SequenceEqual(other.Relationships)
        && HealthReports.SequenceEqual(other.HealthReports);

    private bool ScalarsEqual(CustomResourceSnapshot other) =>
        (ResourceType, CreationTimeStamp, StartTimeStamp, StopTimeStamp, State, ExitCode, ResourceReadyEvent, IsHidden, IconName, IconVariant)
        == (other.ResourceType, other.CreationTimeStamp, other.StartTimeStamp, other.StopTimeStamp, other.State, other.ExitCode, other.ResourceReadyEvent,
            other.IsHidden, other.IconName, other.IconVariant);
}

/// <summary>The task that completes when the subscribers of an event have run; it carries their failure.</summary>
internal sealed record EventSnapshot(Task EventTask);
