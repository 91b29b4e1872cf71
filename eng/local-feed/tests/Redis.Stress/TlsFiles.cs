using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace MlAspire.LocalFeed.Redis.Stress;

/// <summary>A certificate for 127.0.0.1 that signs itself: the server shows it, the client trusts it and nothing else.</summary>
internal sealed class TlsFiles
{
    private readonly string certificateFile;
    private readonly string keyFile;
    private readonly string thumbprint;

    private TlsFiles(string directory, X509Certificate2 certificate, RSA key)
    {
        certificateFile = Path.Combine(directory, "server.crt");
        keyFile = Path.Combine(directory, "server.key");
        thumbprint = certificate.Thumbprint;
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
    }

    public static TlsFiles Create(string directory)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=redis-stress", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return new TlsFiles(directory, certificate, key);
    }

    public string[] ServerArguments(int port) =>
        ["--port", "0", "--tls-port", $"{port}", "--tls-cert-file", certificateFile, "--tls-key-file", keyFile, "--tls-auth-clients", "no"];

    public void Trust(ConfigurationOptions options)
    {
        options.Ssl = true;
        options.SslHost = "127.0.0.1";
        options.CertificateValidation += (_, certificate, _, _) => certificate is X509Certificate2 shown && shown.Thumbprint == thumbprint;
    }
}
