using System.Text.Json;
using System.Text.Json.Serialization;

namespace Aspire.Hosting.Dcp;

/// <summary>An object of DCP's Kubernetes-like API: what is wanted (<see cref="Spec"/>) and what is (<see cref="Status"/>).</summary>
internal sealed class DcpObject<TSpec, TStatus>
    where TSpec : class
    where TStatus : class
{
    public string ApiVersion { get; init; } = Dcp.GroupVersion;

    public required string Kind { get; init; }

    public required DcpMetadata Metadata { get; init; }

    public required TSpec Spec { get; init; }

    public TStatus? Status { get; init; }
}

/// <summary>Names of DCP's API.</summary>
internal static class Dcp
{
    public const string GroupVersion = "usvc-dev.developer.microsoft.com/v1";
    public const string ServiceProducerAnnotation = "service-producer";
    public const string ResourceNameAnnotation = "resource-name";

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Path segment of each kind of object.</summary>
    public static string Plural(string kind) => kind switch
    {
        DcpKind.Executable => "executables",
        DcpKind.Container => "containers",
        DcpKind.Service => "services",
        DcpKind.Endpoint => "endpoints",
        DcpKind.ContainerNetwork => "containernetworks",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "is no kind of DCP object."),
    };
}

internal static class DcpKind
{
    public const string Executable = nameof(Executable);
    public const string Container = nameof(Container);
    public const string Service = nameof(Service);
    public const string Endpoint = nameof(Endpoint);
    public const string ContainerNetwork = nameof(ContainerNetwork);
}

internal sealed class DcpMetadata
{
    public required string Name { get; init; }

    public Dictionary<string, string>? Annotations { get; init; }

    public string? Uid { get; init; }

    public DateTimeOffset? CreationTimestamp { get; init; }

    public List<DcpOwnerReference>? OwnerReferences { get; init; }
}

internal sealed record DcpOwnerReference(string Kind, string Name);

/// <summary>Says in the annotation <c>service-producer</c> which Service an object serves, and on which port when that is fixed.</summary>
internal sealed record ServiceProducer(string ServiceName, string? Address, int? Port);

internal sealed record EnvVar(string Name, string? Value);

internal sealed class ServiceSpec
{
    /// <summary>Must be set: without it DCP never gives the service an address.</summary>
    public string Protocol { get; init; } = "TCP";

    public string? Address { get; init; }

    /// <summary>The public port; null = a free one.</summary>
    public int? Port { get; init; }

    /// <summary><c>Localhost</c> (with a proxy) or <c>Proxyless</c>.</summary>
    public string AddressAllocationMode { get; init; } = "Localhost";
}

internal sealed class ServiceStatus
{
    public string? State { get; init; }

    public string? EffectiveAddress { get; init; }

    public int? EffectivePort { get; init; }
}

internal sealed class EndpointSpec
{
    public string? ServiceName { get; init; }

    public string? Address { get; init; }

    public int? Port { get; init; }
}

internal sealed class EndpointStatus;

internal sealed class ExecutableSpec
{
    public required string ExecutablePath { get; init; }

    public string? WorkingDirectory { get; init; }

    public List<string>? Args { get; init; }

    public List<EnvVar>? Env { get; init; }

    public string ExecutionType { get; init; } = "Process";

    public bool? Stop { get; init; }
}

/// <summary>What Executables and Containers report alike.</summary>
internal class WorkloadStatus
{
    public string? State { get; init; }

    public int? ExitCode { get; init; }

    public DateTimeOffset? StartupTimestamp { get; init; }

    public DateTimeOffset? FinishTimestamp { get; init; }

    public List<EnvVar>? EffectiveEnv { get; init; }

    public List<string>? EffectiveArgs { get; init; }
}

internal sealed class ExecutableStatus : WorkloadStatus
{
    public int? Pid { get; init; }
}
