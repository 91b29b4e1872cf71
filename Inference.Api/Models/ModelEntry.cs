using System.Collections.Immutable;

namespace MlAspire.Inference.Api.Models;

/// <summary>What the server knows of one model of the repository.</summary>
/// <param name="Versions">Ascending; empty when <paramref name="Reason"/> says why there is none.</param>
/// <param name="Reason">Null unless the model as a whole cannot be served.</param>
internal sealed record ModelEntry(string Name, ImmutableArray<VersionEntry> Versions, string? Reason = null)
{
    public IEnumerable<VersionEntry> Ready => Versions.Where(version => version.State == ModelState.Ready);

    /// <summary>Why the model, or its first unavailable version, does not serve; null when all serve.</summary>
    public string? FirstProblem => Reason ?? Versions.FirstOrDefault(version => version.State != ModelState.Ready)?.Reason;
}

/// <summary>One version of a model.</summary>
/// <param name="Model">Not null exactly when <paramref name="State"/> is Ready.</param>
internal sealed record VersionEntry(long Version, ModelState State, string? Reason = null, LoadedModel? Model = null);
