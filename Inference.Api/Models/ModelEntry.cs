using System.Collections.Immutable;

namespace MlAspire.Inference.Api.Models;

/// <summary>What the server knows of one model of the repository.</summary>
/// <param name="Versions">Ascending; empty when <paramref name="Reason"/> says why there is none.</param>
/// <param name="Reason">Null unless the model as a whole cannot be served, or its last change could not be taken over.</param>
/// <param name="State">Of the model while it has no versions.</param>
internal sealed record ModelEntry(string Name, ImmutableArray<VersionEntry> Versions, string? Reason = null, ModelState State = ModelState.Unavailable)
{
    private const string Unloaded = "unloaded";

    /// <summary>True when nobody wants it to be served.</summary>
    public bool IsUnloaded => Reason == Unloaded;


    public IEnumerable<VersionEntry> Ready => Versions.Where(version => version.State == ModelState.Ready);

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
    public string? FirstProblem => Reason ?? Versions.FirstOrDefault(version => version.Reason is not null)?.Reason;
}

/// <summary>One version of a model.</summary>
/// <param name="Model">Not null exactly when <paramref name="State"/> is Ready.</param>
/// <param name="Reason">Why it is not ready; or, when it is, why the changed files could not be taken over and the former ones still serve.</param>
/// <param name="Fingerprint">Of the files it was made of.</param>
internal sealed record VersionEntry(long Version, ModelState State, string? Reason = null, LoadedModel? Model = null, string Fingerprint = "");
