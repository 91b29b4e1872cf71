namespace MlAspire.V2Conformance;

/// <summary>The cases that are known not to pass: <c>Refused.txt</c>, one a line.</summary>
/// <example><c>node.test_adam: words of the server's answer</c>, <c>node.test_dft: numbers: why they differ</c>, <c>node.test_bernoulli: random: why</c></example>
internal static class OnnxRefusals
{
    private const string Numbers = "numbers:";
    private const string Random = "random:";

    private static readonly Dictionary<string, string> Reasons = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "OnnxNodes", "Refused.txt"))
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split(": ", 2))
        .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

    public static IEnumerable<string> Names => Reasons.Keys;

    /// <summary>What is wrong with a case's outcome, the list considered; null when it is as it should be.</summary>
    /// <param name="difference">Between the answer and the standard; null = none.</param>
    public static string? Complaint(string name, string? difference)
    {
        if (!Reasons.TryGetValue(name, out var reason))
        {
            return difference;
        }

        if (reason.StartsWith(Random, StringComparison.Ordinal))
        {
            return difference is null || OnnxTolerance.IsOfNumbers(difference) ? null : difference;
        }

        return difference is null ? "passes now: take it off Refused.txt"
            : reason.StartsWith(Numbers, StringComparison.Ordinal) ? OnnxTolerance.IsOfNumbers(difference) ? null : difference
            : difference.Contains(reason, StringComparison.Ordinal) ? null : $"does not pass for another reason than the listed one: {difference}";
    }
}
