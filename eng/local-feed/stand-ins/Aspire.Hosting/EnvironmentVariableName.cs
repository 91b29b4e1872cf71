namespace Aspire.Hosting;

/// <summary>Names of environment variables.</summary>
internal static class EnvironmentVariableName
{
    /// <summary>The name with "_" for every other character than ASCII letters and digits, and before a leading digit: <c>feature-store</c> gives <c>feature_store</c>.</summary>
    public static string Encode(string name)
    {
        var encoded = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return encoded.Length > 0 && char.IsAsciiDigit(encoded[0]) ? "_" + encoded : encoded;
    }
}
