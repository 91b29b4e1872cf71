using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Aspire.Hosting.Dcp;

/// <summary>How to reach one DCP API server: address, bearer token and the only certificate authority that it is trusted by.</summary>
/// <remarks>
/// The file is YAML of which three lines matter:
/// <code>
///     certificate-authority-data: LS0tLS1CRUdJTiBD...
///     server: https://127.0.0.1:39351
///     token: qkzv...
/// </code>
/// </remarks>
internal sealed record Kubeconfig(Uri Server, string Token, X509Certificate2 CertificateAuthority)
{
    /// <returns>Null when the text is not complete yet (DCP writes the file while it starts).</returns>
    public static Kubeconfig? TryParse(string text)
    {
        var server = Field(text, "server:");
        var token = Field(text, "token:");
        var authority = Field(text, "certificate-authority-data:");
        if (server is null || token is null || authority is null || !Uri.TryCreate(server, UriKind.Absolute, out var uri))
        {
            return null;
        }

        var pem = Encoding.ASCII.GetString(Convert.FromBase64String(authority));
        return new Kubeconfig(uri, token, X509Certificate2.CreateFromPem(pem));
    }

    private static string? Field(string text, string name)
    {
        foreach (var line in text.Split('\n'))
        {
            var trimmed = line.Trim();
            if (trimmed.StartsWith(name, StringComparison.Ordinal))
            {
                var value = trimmed[name.Length..].Trim().Trim('"');
                return value.Length == 0 ? null : value;
            }
        }

        return null;
    }
}
