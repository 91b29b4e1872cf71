namespace MlAspire.FeatureStore.Registry;

/// <summary>One thing wrong in a registry file.</summary>
/// <param name="Path">JSON path of the offending value, e.g. <c>$.featureViews[2].features[0].window</c>.</param>
internal sealed record RegistryProblem(string Path, string Message);

/// <summary>The registry file cannot be used; names everything that is wrong with it at once.</summary>
internal sealed class RegistryFileException(IReadOnlyList<RegistryProblem> problems)
    : Exception("The feature registry is not valid:" + string.Concat(problems.Select(p => $"{Environment.NewLine}  {p.Path}: {p.Message}")))
{
    public IReadOnlyList<RegistryProblem> Problems => problems;
}
