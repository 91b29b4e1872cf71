using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Dcp;

/// <summary>One process or container that DCP runs: an instance of a resource of the model.</summary>
internal sealed class Workload(IResource resource, DcpInstance instance, string kind)
{
    private readonly Lock gate = new(); // guards retired
    private readonly HashSet<string> retired = new(StringComparer.Ordinal);

    public IResource Resource => resource;

    public DcpInstance Instance => instance;

    public string Name => instance.Name;

    /// <summary><see cref="DcpKind.Executable"/> or <see cref="DcpKind.Container"/>.</summary>
    public string Kind => kind;

    /// <summary>Names of the DCP Services that this workload serves, by endpoint.</summary>
    public required IReadOnlyList<EndpointService> Services { get; init; }

    /// <summary>Names of the variables that the model set; all others were inherited.</summary>
    public IReadOnlySet<string> OwnVariables { get; set; } = new HashSet<string>();

    /// <summary>Positions of the arguments that hold a secret.</summary>
    public IReadOnlyList<ResolvedValue> Arguments { get; set; } = [];

    /// <summary>Uid of the DCP object that runs now; null when there is none.</summary>
    public string? Uid { get; set; }

    /// <summary>One start or stop at a time.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>What is reported about this object from now on is out of date.</summary>
    public void Retire(string? uid)
    {
        if (uid is not null)
        {
            lock (gate)
            {
                retired.Add(uid);
            }
        }
    }

    public bool IsRetired(string? uid)
    {
        lock (gate)
        {
            return uid is not null && retired.Contains(uid);
        }
    }
}

/// <summary>An endpoint of the model and the DCP Service that gives it its stable address.</summary>
internal sealed record EndpointService(IResource Resource, EndpointAnnotation Endpoint, string ServiceName);
