namespace MlAspire.ServiceDefaults.Access;

/// <summary>One API key in the configuration.</summary>
public class ApiKeyOptions
{
    /// <summary>SHA-256 of the key in 64 hexadecimal digits. Keys are random and long, so that a fast hash is enough: <c>printf %s "$key" | sha256sum</c>.</summary>
    public string Sha256 { get; set; } = "";

    /// <summary>The key itself, 32 to 256 characters, where a secret store passes it; instead of <see cref="Sha256"/>.</summary>
    public string Secret { get; set; } = "";

    /// <summary>What is wrong with it.</summary>
    /// <param name="path">Of the key in the configuration.</param>
    public IEnumerable<string> Problems(string path)
    {
        if ((Sha256.Length > 0) == (Secret.Length > 0))
        {
            yield return $"{path}: needs Sha256 or Secret, and not both.";
        }

        if (Sha256.Length > 0 && (Sha256.Length != 64 || !Sha256.All(char.IsAsciiHexDigit)))
        {
            yield return $"{path}:Sha256: must be 64 hexadecimal digits.";
        }

        if (Secret.Length is > 0 and (< 32 or > ApiKey.LongestCharacters))
        {
            yield return $"{path}: Secret must have 32 to {ApiKey.LongestCharacters} characters.";
        }
    }
}
