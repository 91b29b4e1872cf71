namespace MlAspire.LocalFeed.Aspire.Hosting.Tests;

/// <summary>A folder with an AppHost, a web project and a container context, as an AppHost's sources lie on disk.</summary>
public sealed class AppHostFolder : IDisposable
{
    public AppHostFolder()
    {
        Write("AppHost/AppHost.csproj", "<Project />");
        Write("Web/Web.csproj", "<Project />");
        Write("Web/Properties/launchSettings.json", """
            { // with a comment
              "profiles": {
                "iis": { "commandName": "IISExpress" },
                "http": { "commandName": "Project", "applicationUrl": "http://localhost:5111", "environmentVariables": { "ASPNETCORE_ENVIRONMENT": "Development" } },
                "two": { "commandName": "Project", "applicationUrl": "http://localhost:5121;http://localhost:5122", "launchUrl": "swagger" },
              }
            }
            """);
        Write("Worker/Worker.csproj", "<Project />");
        Write("ctr/Dockerfile", "FROM scratch");
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("apphost-").FullName;

    public string ManifestPath => Path.Combine(Root, "AppHost", "manifest.json");

    public static string Web => "../Web/Web.csproj";

    public static string Worker => "../Worker/Worker.csproj";

    public IDistributedApplicationBuilder CreateBuilder(params string[] args) => DistributedApplication.CreateBuilder(new DistributedApplicationOptions
    {
        ProjectDirectory = Path.Combine(Root, "AppHost"),
        ProjectName = "AppHost.csproj",
        Args = ["--applicationName=AppHost", .. args],
        DisableDashboard = true,
    });

    public IDistributedApplicationBuilder CreatePublishBuilder(string? path = null) => CreateBuilder("--publisher", "manifest", "--output-path", path ?? ManifestPath);

    public void Write(string path, string text)
    {
        var full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
