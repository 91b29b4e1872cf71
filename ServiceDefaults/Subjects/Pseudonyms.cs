using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace MlAspire.ServiceDefaults.Subjects;

/// <summary>
/// What stands for a user's or a session's id outside of the service that is called: the first 16 bytes of HMAC-SHA-256 over <c>{period}:{kind}:{id}</c>, in hex.
/// Who has not the key cannot go back from it by trying ids; who has two pseudonyms of different periods cannot tell that they are of one user.
/// </summary>
/// <remarks><c>period</c> = Unix time divided by <see cref="PseudonymOptions.RotateEvery"/>, rounded down: gateways with one key agree.</remarks>
internal sealed class Pseudonyms(IOptions<PseudonymOptions> options, TimeProvider time)
{
    public const string User = "user";
    public const string Session = "session";

    private const int Bytes = 16;
    private const int MaxId = 256;

    private readonly byte[] key = options.Value.Key.Length == 0 ? RandomNumberGenerator.GetBytes(32) : Encoding.UTF8.GetBytes(options.Value.Key);

    /// <param name="kind"><see cref="User"/> or <see cref="Session"/>.</param>
    /// <param name="id">As the caller wrote it.</param>
    /// <returns>32 hex digits; null for an id that is empty or longer than 256 characters.</returns>
    public string? Of(string kind, string id)
    {
        if (id.Length is 0 or > MaxId)
        {
            return null;
        }

        var period = time.GetUtcNow().ToUnixTimeSeconds() / (long)options.Value.RotateEvery.TotalSeconds;
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{period}:{kind}:{id}")).AsSpan(0, Bytes));
    }

    public static bool IsPseudonym(string? text) => text is { Length: 2 * Bytes } && text.All(char.IsAsciiHexDigitLower);
}
