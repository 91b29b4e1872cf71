using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.Access;

/// <summary>API keys on the wire and as hashes.</summary>
public static class ApiKey
{
    public const int LongestCharacters = 256;
    public const string Header = "x-api-key";

    private const string Bearer = "Bearer ";

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
    public static ServiceError Unauthenticated(HttpContext context, string message)
    {
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Task.CompletedTask;
        });
        return new(ErrorCode.Unauthenticated, message);
    }

    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    public static byte[] HashOf(ApiKeyOptions key) => key.Secret.Length > 0 ? HashOf(key.Secret) : Convert.FromHexString(key.Sha256);
}
