namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>
/// The names whose values are never written to a log, a span or an error. To extend: add the word here, in lower case without separators;
/// every name that contains it (<c>user_password</c>, <c>X-Api-Key</c>, <c>ConnectionStrings:redis</c>) is sensitive from then on.
/// </summary>
public static class SensitiveNames
{
    /// <summary>Below this path a person is named, in the Gateway: what follows is written nowhere.</summary>
    public const string SubjectsPath = "/v1/subjects/";

    /// <summary>In lower case, without separators.</summary>
    public static IReadOnlyList<string> Words { get; } =
    [
        "password", "passwd", "pwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey", "signingkey", "encryptionkey", "accountkey",
        "authorization", "cookie", "credential", "connectionstring", "sessionid", "ssn", "iban", "cardnumber", "cvv", "email", "phone",
    ];

    // Names that contain a word by chance and hold no secret.
    private static readonly string[] Harmless = ["cancellationtoken", "tokencount", "tokenusage", "tokentype", "tokenspersecond"];

    private static readonly KnownNames<bool> Known = new(Holds);

    /// <summary>Whether any word of the list is in the name, whatever its case and separators.</summary>
    public static bool Contains(string name) => Known[name];

    private static bool Holds(string name)
    {
        var plain = Plain(name);
        foreach (var harmless in Harmless)
        {
            plain = plain.Replace(harmless, "", StringComparison.Ordinal);
        }

        return Words.Any(word => plain.Contains(word, StringComparison.Ordinal));
    }

    private static string Plain(string name) => string.Create(name.Count(char.IsLetterOrDigit), name, static (plain, name) =>
    {
        var at = 0;
        foreach (var letter in name)
        {
            if (char.IsLetterOrDigit(letter))
            {
                plain[at++] = char.ToLowerInvariant(letter);
            }
        }
    });
}
