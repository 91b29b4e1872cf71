using System.Collections.Immutable;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Models;

/// <summary>What the server knows of one model of the repository.</summary>
/// <param name="Versions">Ascending; empty when <paramref name="Reason"/> says why there is none.</param>
/// <param name="Reason">Null unless the model as a whole cannot be served, or its last change could not be taken over.</param>
/// <param name="State">Of the model while it has no versions.</param>
internal sealed record ModelEntry(string Name, ImmutableArray<VersionEntry> Versions, string? Reason = null, ModelState State = ModelState.Unavailable)
{
    /// <summary>Characters of a reason: it may quote a config, which a load request may bring.</summary>
    public const int MaxReason = 1000;

    private const string Unloaded = "unloaded";

    /// <summary>True when nobody wants it to be served.</summary>
    public bool IsUnloaded => Reason == Unloaded;

    /// <summary>Of <see cref="Reason"/>: InvalidArgument = the files must be changed; else it may pass by itself.</summary>
    public ErrorCode Code { get; init; } = ErrorCode.InvalidArgument;

    /// <summary>True when what could not be loaded may be loaded later, the files as they are.</summary>
    public bool MayPass => (Reason is not null && Code != ErrorCode.InvalidArgument) || Versions.Any(version => version is { Reason: not null, Code: not ErrorCode.InvalidArgument });

    public IEnumerable<VersionEntry> Ready => Versions.Where(version => version.State == ModelState.Ready);

    /// <summary>The <see cref="Code"/> of a load that failed so.</summary>
    public static ErrorCode CodeOf(Exception exception) => exception switch
    {
        ServiceError { Code: ErrorCode.Overloaded or ErrorCode.Unavailable } error => error.Code,
        IOException or UnauthorizedAccessException => ErrorCode.Unavailable,
        _ => ErrorCode.InvalidArgument,
    };

    /// <summary>The same with no version served.</summary>
    public ModelEntry AsUnloaded() => Without(ModelState.Unavailable, Unloaded);

    /// <summary>The same while its last requests are answered.</summary>
    public ModelEntry AsUnloading() => Without(ModelState.Unloading, "unloading");

    /// <summary>The same while <paramref name="versions"/> are loaded; those that serve go on.</summary>
    public ModelEntry AsLoading(IEnumerable<long> versions) => this with
    {
        Reason = null,
        Versions = [.. versions.Except(Ready.Select(version => version.Version)).Select(version => new VersionEntry(version, ModelState.Loading, "loading")).Concat(Ready).OrderBy(version => version.Version)],
    };

    private ModelEntry Without(ModelState state, string reason) => this with { Reason = reason, Versions = [.. Versions.Select(version => new VersionEntry(version.Version, state, reason))] };

    /// <summary>Why the model, or its first version with a problem, is not served as its files say; null when all is well.</summary>
    public string? FirstProblem => Reason ?? FirstOfVersions?.Reason;

    /// <summary>The code of <see cref="FirstProblem"/>.</summary>
    public ErrorCode FirstProblemCode => Reason is null && FirstOfVersions is { } version ? version.Code : Code;

    private VersionEntry? FirstOfVersions => Versions.FirstOrDefault(version => version.Reason is not null);
}

/// <summary>One version of a model.</summary>
/// <param name="Model">Not null exactly when <paramref name="State"/> is Ready.</param>
/// <param name="Reason">Why it is not ready; or, when it is, why the changed files could not be taken over and the former ones still serve.</param>
/// <param name="Fingerprint">Of the files it was made of.</param>
internal sealed record VersionEntry(long Version, ModelState State, string? Reason = null, LoadedModel? Model = null, string Fingerprint = "")
{
    /// <inheritdoc cref="ModelEntry.Code"/>
    public ErrorCode Code { get; init; } = ErrorCode.InvalidArgument;
}
