using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Audit;

namespace MlAspire.Gateway.Tests.Access;

public sealed class AccessOptionsTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("access-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Every_wrong_entry_is_named_at_once()
    {
        var result = new AccessOptionsValidator().Validate(null, new()
        {
            Anonymous = "predict, everything",
            Keys = new()
            {
                ["neither"] = new() { Scopes = "predict" },
                ["both"] = new() { Scopes = "predict", Secret = new('x', 32), Sha256 = new('0', 64) },
                ["short"] = new() { Scopes = "admin", Secret = new('x', 31) },
                ["hex"] = new() { Scopes = "admin", Sha256 = new('g', 64) },
                ["scopes"] = new() { Scopes = "", Sha256 = new('a', 64) },
                ["rate"] = new() { Scopes = "predict", Sha256 = new('a', 64), RequestsPerSecond = 0 },
                ["anonymous"] = new() { Scopes = "predict", Sha256 = new('a', 64) },
                ["admin"] = new() { Scopes = "admin", Sha256 = new('a', 64) },
                ["fine"] = new() { Scopes = "predict,admin", Secret = new('x', 256), RequestsPerSecond = 0.001 },
            },
        });

        Assert.Equal(
            [
                "Access:Keys:neither", "Access:Keys:both", "Access:Keys:short", "Access:Keys:hex:Sha256", "Access:Keys:scopes:Scopes",
                "Access:Keys:rate:RequestsPerSecond", "Access:Keys:anonymous", "Access:Keys:admin", "Access:Anonymous",
            ],
            result.Failures!.Select(failure => failure[..failure.IndexOf(": ", StringComparison.Ordinal)]));
    }

    [Fact]
    public void In_Development_an_admin_key_is_made_once_and_only_its_owner_can_read_it()
    {
        Assert.NotNull(KeysOf(Environments.Development));
        var file = Path.Combine(folder.FullName, "admin.key");
        var key = File.ReadAllText(file).Trim();
        Assert.Equal(64, key.Length);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));

        var again = KeysOf(Environments.Development);

        Assert.Equal(new("admin", Scope.Predict | Scope.AuditRead | Scope.AuditWrite | Scope.Admin), again.Find(key));
    }

    [Fact]
    public void In_Production_no_key_is_made()
    {
        KeysOf(Environments.Production);

        Assert.Empty(folder.GetFiles());
    }

    private ApiKeys KeysOf(string environment) => new(
        Options.Create(new AccessOptions()), Options.Create(new AuditOptions { Directory = folder.FullName }), new Named(environment), NullLogger<ApiKeys>.Instance);

    private sealed class Named(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;

        public string ApplicationName { get; set; } = "gateway";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
