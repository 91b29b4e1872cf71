using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.Access;

/// <summary>API keys on the wire and as hashes.</summary>
public static class ApiKey
{
    public const int LongestCharacters = 256;
    public const string Header = "x-api-key";

    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";
    private const int LongestPassword = 1_024;

    /// <summary>The key of <c>x-api-key: KEY</c> or <c>authorization: Bearer KEY</c>; null when the request has neither, "" when another authorization.</summary>
    public static string? Of(HttpRequest request)
    {
        if (request.Headers[Header].ToString() is { Length: > 0 } key)
        {
            return key;
        }

        var authorization = request.Headers.Authorization.ToString();
        return authorization.Length == 0 ? null : authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim() : "";
    }

    /// <summary>The password of <c>authorization: Basic BASE64(NAME:PASSWORD)</c>; null when the request has no such header, "" when it is none.</summary>
    /// <remarks>Source: <see href="https://www.rfc-editor.org/rfc/rfc7617">RFC 7617</see>.</remarks>
    public static string? OfPassword(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        if (!authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var bytes = new byte[LongestPassword];
        return Convert.TryFromBase64String(authorization[Basic.Length..].Trim(), bytes, out var written) && Array.IndexOf(bytes, (byte)':', 0, written) is >= 0 and var colon
            ? Encoding.UTF8.GetString(bytes, colon + 1, written - colon - 1)
            : "";
    }

    /// <summary>Has a request say who asks; a null key is nobody's.</summary>
    public static void AddTo(HttpRequestMessage request, string? key)
    {
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation(Header, key);
        }
    }

    /// <summary>Takes the key out of a request that goes on to others.</summary>
    public static void Remove(HttpRequest request)
    {
        request.Headers.Remove(Header);
        request.Headers.Authorization = default;
    }

    /// <summary>The refusal of a request whose key is missing or nobody's; its answer says how to authenticate.</summary>
    /// <param name="orPassword">Whether a browser shall ask for it.</param>
    public static ServiceError Unauthenticated(HttpContext context, string message, bool orPassword = false)
    {
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.WWWAuthenticate = orPassword ? new StringValues(["Bearer", "Basic realm=\"MlAspire\", charset=\"UTF-8\""]) : "Bearer";
            return Task.CompletedTask;
        });
        return new(ErrorCode.Unauthenticated, message);
    }

    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    public static byte[] HashOf(ApiKeyOptions key) => key.Secret.Length > 0 ? HashOf(key.Secret) : Convert.FromHexString(key.Sha256);
}
