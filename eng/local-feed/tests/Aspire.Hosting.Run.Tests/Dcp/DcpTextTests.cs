using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Aspire.Hosting.Dcp;

namespace MlAspire.LocalFeed.Aspire.Hosting.Run.Tests.Dcp;

/// <summary>The two texts of DCP that are read without a library.</summary>
public sealed class DcpTextTests
{
    [Fact]
    public void A_kubeconfig_gives_address_token_and_authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
        var authority = Convert.ToBase64String(Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));

        var config = Kubeconfig.TryParse($"clusters:\n- cluster:\n    certificate-authority-data: {authority}\n    server: https://127.0.0.1:39351\nusers:\n- user:\n    token: qkzv\n");

        Assert.Equal((new Uri("https://127.0.0.1:39351"), "qkzv", certificate.Thumbprint), (config!.Server, config.Token, config.CertificateAuthority.Thumbprint));
    }

    [Theory]
    [InlineData("")]
    [InlineData("    server: https://127.0.0.1:1\n    token: x\n")]
    [InlineData("    certificate-authority-data: eA==\n    token: x\n")]
    [InlineData("    certificate-authority-data: eA==\n    server: https://127.0.0.1:1\n    token:\n")]
    public void A_kubeconfig_that_is_still_being_written_is_none(string text) => Assert.Null(Kubeconfig.TryParse(text));

    [Theory]
    [InlineData("2026-01-31T10:11:12.123Z\terror\tX\tFailed to start\t{\"Cmd\": \"/x\", \"error\": \"no such file\"}", "2026-01-31T10:11:12.123Z [sys] Failed to start: no such file", true)]
    [InlineData("2026-01-31T10:11:12.123Z\tinfo\tX\tStarting process...\t{\"Cmd\": \"/x\", \"Args\": [\"--password\", \"p\"]}", "2026-01-31T10:11:12.123Z [sys] Starting process...: /x", false)]
    [InlineData("2026-01-31T10:11:12.123Z\tinfo\tX\tDone\t{broken", "2026-01-31T10:11:12.123Z [sys] Done", false)]
    [InlineData("2026-01-31T10:11:12.123Z\tinfo\tX\tDone", "2026-01-31T10:11:12.123Z [sys] Done", false)]
    [InlineData("something else", "something else", false)]
    public void A_line_of_DCP_becomes_readable_and_holds_no_arguments(string line, string text, bool isError)
    {
        var entry = SystemLine.Parse(line);
        Assert.Equal((text, isError), (entry!.Value.Text, entry.Value.IsError));
    }
}
