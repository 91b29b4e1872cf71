using System.Collections.Immutable;

namespace MlAspire.Inference.Api.Models;

/// <summary>What the server knows of one model of the repository.</summary>
/// <param name="Versions">Ascending; empty when <paramref name="Reason"/> says why there is none.</param>
/// <param name="Reason">Null unless the model as a whole cannot be served, or its last change could not be taken over.</param>
internal sealed record ModelEntry(string Name, ImmutableArray<VersionEntry> Versions, string? Reason = null)
{
    public IEnumerable<VersionEntry> Ready => Versions.Where(version => version.State == ModelState.Ready);

    /// <summary>Why the model, or its first version with a problem, is not served as its files say; null when all is well.</summary>
    public string? FirstProblem => Reason ?? Versions.FirstOrDefault(version => version.Reason is not null)?.Reason;
}

/// <summary>One version of a model.</summary>
/// <param name="Model">Not null exactly when <paramref name="State"/> is Ready.</param>
/// <param name="Reason">Why it is not ready; or, when it is, why the changed files could not be taken over and the former ones still serve.</param>
/// <param name="Fingerprint">Of the files it was made of.</param>
internal sealed record VersionEntry(long Version, ModelState State, string? Reason = null, LoadedModel? Model = null, string Fingerprint = "");
