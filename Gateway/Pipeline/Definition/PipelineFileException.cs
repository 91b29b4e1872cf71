namespace MlAspire.Gateway.Pipeline.Definition;

/// <summary>One thing wrong in a pipeline file.</summary>
/// <param name="Path">Where, as <c>columns[3].vocabulary</c>; empty for the file as a whole.</param>
/// <param name="Message">What is wrong there.</param>
public sealed record PipelineProblem(string Path, string Message)
{
    public override string ToString() => Path.Length == 0 ? Message : $"{Path}: {Message}";
}

/// <summary>A pipeline file cannot be used; <see cref="Problems"/> holds everything that is wrong with it.</summary>
public sealed class PipelineFileException(string source, IReadOnlyList<PipelineProblem> problems)
    : Exception($"{source} is not a usable pipeline: {string.Join("; ", problems)}")
{
    public IReadOnlyList<PipelineProblem> Problems { get; } = problems;
}
