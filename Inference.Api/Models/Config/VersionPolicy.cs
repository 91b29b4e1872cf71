namespace MlAspire.Inference.Api.Models.Config;

/// <summary>Which versions of a model are served. Exactly one of the three is set.</summary>
internal sealed record VersionPolicy
{
    public LatestVersions? Latest { get; init; }

    public AllVersions? All { get; init; }

    public SpecificVersions? Specific { get; init; }

    /// <summary>The versions to serve.</summary>
    /// <param name="policy">Null = the newest one.</param>
    /// <param name="available">In any order.</param>
    /// <returns>Ascending; a specific version that is not available is left out.</returns>
    /// <exception cref="InvalidDataException">None or several of the three are set, or a number is not positive.</exception>
    public static IReadOnlyList<long> Choose(VersionPolicy? policy, IEnumerable<long> available)
    {
        var ascending = available.Order().ToArray();
        return policy switch
        {
            null => ascending[^Math.Min(1, ascending.Length)..],
            { Latest: { NumVersions: > 0 } latest, All: null, Specific: null } => ascending[^(int)Math.Min(latest.NumVersions, ascending.Length)..],
            { All: not null, Latest: null, Specific: null } => ascending,
            { Specific.Versions: [_, ..] versions, Latest: null, All: null } => [.. ascending.Intersect(versions)],
            _ => throw new InvalidDataException("version_policy: exactly one of latest (num_versions of at least 1), all, specific (versions) must be set"),
        };
    }
}

internal sealed record LatestVersions(uint NumVersions = 1);

internal sealed record AllVersions;

internal sealed record SpecificVersions(IReadOnlyList<long> Versions);
