using System.Security.Cryptography;
using System.Text;

namespace MlAspire.FeatureStore.Registry;

/// <summary>The part of a key that keeps apart what was written under different definitions.</summary>
internal static class LayoutVersion
{
    private const int Bytes = 4;

    /// <summary>8 hexadecimal digits: the first 4 bytes of the SHA-256 of the definition's lines, each ended by a line feed.</summary>
    public static string Of(params IEnumerable<string> lines) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + '\n')))).AsSpan(0, Bytes));
}
