namespace MlAspire.Inference.Api.Models.Repository;

/// <summary>A change of a model's versions is taken over whole, or not at all.</summary>
/// <remarks>As with Triton: <see href="https://github.com/triton-inference-server/core/blob/main/src/model_lifecycle.cc">model_lifecycle.cc</see>, <c>OnLoadFinal</c>. There is one difference: of a model of which nothing serves yet, the versions serve that can be loaded.</remarks>
internal static class VersionChange
{
    /// <param name="chosen">What became of each version that is to serve: one that is Ready has just been loaded, or serves from the same files; one with a reason could not be loaded.</param>
    /// <param name="before">Serves until now.</param>
    /// <returns>The versions as they are from now on, ascending: those chosen; or, when one of them could not be loaded, those that serve, and the others with the reason why they do not.</returns>
    public static VersionEntry[] Settle(IReadOnlyList<VersionEntry> chosen, ModelEntry before)
    {
        VersionEntry[] former = [.. before.Ready];
        if (former.Length == 0 || chosen.FirstOrDefault(version => version.Reason is not null) is not { } failed)
        {
            return [.. chosen];
        }

        return [.. chosen.Select(version => Serving(Kept(version, former, failed))).Concat(former.ExceptBy(chosen.Select(version => version.Version), version => version.Version)).OrderBy(version => version.Version)];
    }

    /// <summary>What is to serve on cannot come back any more once it has gone from memory: its files are others by now.</summary>
    private static VersionEntry Serving(VersionEntry version) =>
        version is { Reason: not null, Model: { } former } && !former.Session.KeepForGood() ? version with { State = ModelState.Unavailable, Model = null, Fingerprint = "" } : version;

    private static VersionEntry Kept(VersionEntry version, VersionEntry[] former, VersionEntry failed)
    {
        var serves = former.FirstOrDefault(each => each.Version == version.Version);
        if (version.Reason is not null || version.Model == serves?.Model)
        {
            return version;
        }

        return (serves ?? new VersionEntry(version.Version, ModelState.Unavailable)) with { Reason = $"version {failed.Version} cannot be loaded: {failed.Reason}", Code = failed.Code };
    }
}
