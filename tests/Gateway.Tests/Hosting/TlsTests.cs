using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MlAspire.Gateway.Tests.Hosting;

public sealed class TlsTests
{
    [Fact]
    public async Task With_a_certificate_in_its_settings_the_gateway_speaks_TLS()
    {
        var folder = Directory.CreateTempSubdirectory("tls-");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=gateway", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var (pem, keyPem) = (Path.Combine(folder.FullName, "gateway.crt"), Path.Combine(folder.FullName, "gateway.key"));
        await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(keyPem, key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        await using var gateway = await RunningGateway.StartAsync(
            null, ("Kestrel:Endpoints:Https:Url", "https://127.0.0.1:0"), ("Kestrel:Endpoints:Https:Certificate:Path", pem), ("Kestrel:Endpoints:Https:Certificate:KeyPath", keyPem));
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown!.Thumbprint == certificate.Thumbprint };
        using var client = new HttpClient(handler) { BaseAddress = gateway.Host.Address };

        var (response, body) = await RunningGateway.PostAsync(client, RunningGateway.Request(1946));

        Assert.Equal(("https", HttpStatusCode.OK), (gateway.Host.Address.Scheme, response.StatusCode));
        Assert.Equal("on_time", (string?)body["predictions"]![0]!["label"]);
        folder.Delete(recursive: true);
    }
}
