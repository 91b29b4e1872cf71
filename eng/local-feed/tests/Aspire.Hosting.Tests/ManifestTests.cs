using System.Text.Json.Nodes;

namespace MlAspire.LocalFeed.Aspire.Hosting.Tests;

/// <summary>The golden files were written by AppHosts on the genuine packages 13.5.</summary>
public sealed class ManifestTests : IDisposable
{
    private readonly AppHostFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_model_of_containers_and_projects_gives_the_genuine_manifest()
    {
        var b = folder.CreatePublishBuilder();
        var redis = b.AddRedis("redis").WithDataVolume().WithPersistence();
        var key = b.AddParameter("api-key", secret: true);
        var tag = b.AddParameter("model-version", "v1", publishValueAsDefault: true);
        var ext = b.AddConnectionString("legacy");
        var infer = b.AddProject("inference", AppHostFolder.Web).WithReference(redis).WithReplicas(2).WithEnvironment("MODEL", tag)
            .WithHttpEndpoint(name: "grpc", targetPort: 5300).WithEndpoint("grpc", e => e.Transport = "http2");
        b.AddProject("gateway", AppHostFolder.Web).WithReference(infer).WithReference(ext).WithEnvironment("KEY", key).WithEnvironment("DIRECT", infer.GetEndpoint("http"))
            .WithEnvironment("PORTONLY", infer.GetEndpoint("http").Property(EndpointProperty.Port)).WithExternalHttpEndpoints();
        b.AddDockerfile("trainer", "../ctr").WithHttpEndpoint(port: 9100, targetPort: 9000).WithBindMount("../ctr", "/data", isReadOnly: true).WithArgs("--url", infer.GetEndpoint("http"));
        b.AddContainer("prom", "prom/prometheus", "v3").WithHttpEndpoint(targetPort: 9090).WithVolume("promdata", "/prometheus");

        Assert.Equal(Golden("manifest-containers.json"), await PublishAsync(b));
    }

    [Fact]
    public async Task A_model_of_executables_and_connection_strings_gives_the_genuine_manifest()
    {
        var b = folder.CreatePublishBuilder(Path.Combine(folder.Root, "manifest.json"));
        var key = b.AddParameter("api-key", secret: true);
        var greeting = b.AddParameter("greeting");
        var cache = b.AddExecutable("cache", "redis-server", ".", "--save", "", "--appendonly", "no", "--port", "6391").WithEndpoint(port: 6391, targetPort: 6391, name: "tcp");
        var endpoint = cache.GetEndpoint("tcp");
        var connection = b.AddConnectionString("cachecs", ReferenceExpression.Create($"{endpoint.Property(EndpointProperty.Host)}:{endpoint.Property(EndpointProperty.Port)}"));
        var web = b.AddProject("web", AppHostFolder.Web).WithReference(connection).WithEnvironment("GREETING", greeting);
        b.AddProject("web2", AppHostFolder.Web, launchProfileName: null).WithHttpEndpoint().WithReference(web);
        var redis = b.AddRedis("redis");
        b.AddProject("web3", AppHostFolder.Web, launchProfileName: null).WithHttpEndpoint().WithReference(redis).WithEnvironment("API_KEY", key);

        Assert.Equal(Golden("manifest-executables.json"), await PublishAsync(b, Path.Combine(folder.Root, "manifest.json")));
    }

    [Fact]
    public async Task The_pipeline_step_writes_the_same_file_as_the_publisher_switch()
    {
        var b = folder.CreateBuilder("--operation", "publish", "--step", "publish-manifest", "--output-path", folder.ManifestPath);
        b.AddParameter("p", "1", publishValueAsDefault: true);

        Assert.Contains("\"value\": \"1\"", await PublishAsync(b), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_path_that_is_no_json_file_is_a_folder()
    {
        var b = folder.CreatePublishBuilder(Path.Combine(folder.Root, "out"));

        var empty = """
            {
              "resources": {}
            }
            """;
        Assert.Equal(empty, await PublishAsync(b, Path.Combine(folder.Root, "out", "aspire-manifest.json")));
    }

    [Fact]
    public async Task A_missing_output_path_is_an_error_of_the_run()
    {
        var b = folder.CreateBuilder("--publisher", "manifest");

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => b.Build().RunAsync(TestContext.Current.CancellationToken));

        Assert.Contains("'--output-path [path]' option was not specified", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_outside_the_subset_names_the_genuine_package()
    {
        var b = folder.CreateBuilder("--operation", "publish", "--step", "deploy", "--output-path", folder.ManifestPath);

        var error = await Assert.ThrowsAsync<DistributedApplicationException>(() => b.Build().RunAsync(TestContext.Current.CancellationToken));

        Assert.IsType<NotSupportedException>(error.InnerException);
        Assert.Contains("The pipeline step 'deploy'", error.Message, StringComparison.Ordinal);
        Assert.Contains("genuine package Aspire.Hosting", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_operation_is_refused() =>
        Assert.Contains("'publish' or 'run'", Assert.Throws<DistributedApplicationException>(() => folder.CreateBuilder("--operation", "inspect")).Message, StringComparison.Ordinal);

    [Fact]
    public async Task An_excluded_resource_is_not_written_and_one_that_cannot_be_written_says_so()
    {
        var b = folder.CreatePublishBuilder();
        b.AddExecutable("tool", "tool", ".").ExcludeFromManifest();
        b.AddResource(new CustomResource("custom"));

        var resources = JsonNode.Parse(await PublishAsync(b))!["resources"]!;

        Assert.Null(resources["tool"]);
        Assert.Equal("""{"error":"This resource does not support generation in the manifest."}""", resources["custom"]!.ToJsonString());
    }

    [Fact]
    public async Task Ports_that_nobody_chose_start_at_8000_and_are_used_once()
    {
        var b = folder.CreatePublishBuilder();
        b.AddProject("web", AppHostFolder.Web).WithHttpEndpoint(name: "admin").WithHttpEndpoint(name: "second");
        b.AddExecutable("tool", "tool", ".").WithEndpoint(name: "tcp").WithHttpEndpoint(port: 8002, name: "http");

        var resources = JsonNode.Parse(await PublishAsync(b))!["resources"]!;

        // web: http is the default endpoint, so it has no port; admin and second get 8000 and 8001. tool: tcp gets 8002, http 8003 beside its own 8002.
        Assert.Null(resources["web"]!["bindings"]!["http"]!["targetPort"]);
        Assert.Equal(8000, (int?)resources["web"]!["bindings"]!["admin"]!["targetPort"]);
        Assert.Equal(8001, (int?)resources["web"]!["bindings"]!["second"]!["targetPort"]);
        Assert.Equal(8002, (int?)resources["tool"]!["bindings"]!["tcp"]!["targetPort"]);
        Assert.Equal((8002, 8003), ((int?)resources["tool"]!["bindings"]!["http"]!["port"], (int?)resources["tool"]!["bindings"]!["http"]!["targetPort"]));
    }

    private static string Golden(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", name)).TrimEnd();

    private async Task<string> PublishAsync(IDistributedApplicationBuilder builder, string? path = null)
    {
        await builder.Build().RunAsync(TestContext.Current.CancellationToken);
        return await File.ReadAllTextAsync(path ?? folder.ManifestPath, TestContext.Current.CancellationToken);
    }

    private sealed class CustomResource(string name) : Resource(name);
}
