using System.Text.Json;
using MlAspire.Monitoring.Failures;
using MlAspire.Monitoring.Windows;
using MlAspire.ServiceDefaults.Health;

namespace MlAspire.Monitoring.Incidents;

/// <summary>What an archive holds, as far as its summary is made of it.</summary>
/// <param name="Range">The time that it is of.</param>
/// <param name="Made">When it was made.</param>
internal sealed record IncidentFacts(TimeRange Range, DateTimeOffset Made)
{
    /// <summary>Audit records of the range, newest first, what belongs to subjects encrypted.</summary>
    public List<JsonElement> Records { get; } = [];

    /// <summary>Audit records of changes in the range and the hour before, oldest first.</summary>
    public List<JsonElement> Changes { get; } = [];

    /// <summary>Whether the audit log is what it says, and how that is known.</summary>
    public AuditVerdict Audit { get; set; } = new(false, "not asked");

    /// <summary>Lines from WARNING on, in the order of time.</summary>
    public IReadOnlyList<JsonElement> Warnings { get; set; } = [];

    /// <summary>Lines that a service is healthy again.</summary>
    public IReadOnlyList<JsonElement> Recoveries { get; set; } = [];

    /// <summary>Lines of services and models that began and ended.</summary>
    public IReadOnlyList<JsonElement> Deployments { get; set; } = [];

    /// <summary>What each service said of itself last.</summary>
    public IReadOnlyDictionary<string, HealthBody> Health { get; set; } = new Dictionary<string, HealthBody>();

    /// <summary>Of each model that failed.</summary>
    public List<SegmentsAnswer> Segments { get; } = [];

    /// <summary>What is not in the archive, and why.</summary>
    public List<string> Missing { get; } = [];
}

/// <param name="IsWhole">Whether that was proven.</param>
/// <param name="Says">In a sentence.</param>
internal sealed record AuditVerdict(bool IsWhole, string Says);
