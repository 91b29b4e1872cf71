using MlAspire.ServiceDefaults.Detail;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.ServiceDefaults.Subjects;

namespace MlAspire.ServiceDefaults.Correlation;

/// <summary>What is known of the work that runs now and flows with it, in one place: each further thing that flows by itself is paid for with every await. A request's is filled by its first middlewares.</summary>
internal sealed record Work
{
    private static readonly AsyncLocal<Work?> Ambient = new();

    /// <summary>Null outside of any.</summary>
    public static Work? Current { get => Ambient.Value; set => Ambient.Value = value; }

    public string? CorrelationId { get; set; }

    public Subject? Subject { get; set; }

    public RequestFacts? Facts { get; set; }

    public RequestDetail? Detail { get; set; }

    /// <summary>What every line of the request has.</summary>
    public RequestScope? Scope { get; set; }

    /// <summary>The current one; a new one outside of any.</summary>
    public static Work Enter() => Current ??= new Work();
}
