using System.Buffers;
using System.Security.Cryptography;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Idempotency;

/// <summary>Under what a caller's request may be sent again.</summary>
/// <param name="Caller">Keys of different callers have nothing to do with each other.</param>
/// <param name="Value">The caller's key.</param>
/// <param name="Fingerprint">SHA-256 of what was asked, in hex: a key that comes back with another request is a mistake.</param>
/// <remarks>Source: <see href="https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/">The Idempotency-Key HTTP Header Field</see>; the quotes of a structured string may be left out.</remarks>
internal sealed record IdempotencyKey(string Caller, string Value, string Fingerprint)
{
    public const string Header = "idempotency-key";

    /// <summary>In the answer, when it is one that was given before: <c>true</c>.</summary>
    public const string ReplayedHeader = "idempotency-replayed";

    private const int LongestCharacters = 128;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-");

    /// <summary>The key that a header says.</summary>
    /// <exception cref="ServiceError">InvalidArgument (field <c>idempotency-key</c>): it is no key.</exception>
    public static string ValueOf(string header)
    {
        var value = header.Length >= 2 && header[0] == '"' && header[^1] == '"' ? header[1..^1] : header;
        return value.Length is > 0 and <= LongestCharacters && !value.AsSpan().ContainsAnyExcept(Allowed) ? value
            : throw new ServiceError(ErrorCode.InvalidArgument, $"Must be 1 to {LongestCharacters} characters of A-Z a-z 0-9 . _ : -, in quotes or without.", Header);
    }

    /// <param name="caller">Its name.</param>
    /// <param name="header">The header as it came.</param>
    /// <param name="target">Path and query of the request.</param>
    /// <param name="body">Its body.</param>
    /// <exception cref="ServiceError">InvalidArgument (field <c>idempotency-key</c>): it is no key.</exception>
    public static IdempotencyKey Of(string caller, string header, string target, ReadOnlySpan<byte> body)
    {
        var value = ValueOf(header);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{target}\n"));
        hash.AppendData(body);
        return new(caller, value, Convert.ToHexString(hash.GetHashAndReset()));
    }
}
