using Microsoft.Extensions.Logging.Abstractions;

namespace MlAspire.LocalFeed.Aspire.Hosting.Tests;

/// <summary>The environment that resources get in run mode, with endpoints allocated by hand as the orchestrator does it.</summary>
public sealed class RunModeEnvironmentTests : IDisposable
{
    private readonly AppHostFolder folder = new();
    private readonly IDistributedApplicationBuilder b;

    public RunModeEnvironmentTests() => b = folder.CreateBuilder();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_web_project_binds_the_target_ports_of_its_launch_profile()
    {
        var web = Allocate(b.AddProject("web", AppHostFolder.Web));

        var environment = await EnvironmentOf(web.Resource);

        Assert.Equal("http://localhost:<web.http.target>", environment["ASPNETCORE_URLS"]);
        Assert.Equal("http", environment["DOTNET_LAUNCH_PROFILE"]);
        Assert.Equal("Development", environment["ASPNETCORE_ENVIRONMENT"]);
        Assert.Equal(5111, web.GetEndpoint("http").EndpointAnnotation.Port);
    }

    [Fact]
    public async Task A_named_profile_numbers_further_endpoints_of_a_scheme()
    {
        var web = Allocate(b.AddProject("web", AppHostFolder.Web, "two"));

        Assert.Equal("http://localhost:<web.http.target>;http://localhost:<web.http2.target>", (await EnvironmentOf(web.Resource))["ASPNETCORE_URLS"]);
    }

    [Fact]
    public void A_profile_that_does_not_exist_is_refused()
    {
        var error = Assert.Throws<DistributedApplicationException>(() => b.AddProject("web", AppHostFolder.Web, "nope"));

        Assert.Contains("'nope'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_project_file_that_does_not_exist_is_refused() =>
        Assert.Contains("Nowhere.csproj", Assert.Throws<DistributedApplicationException>(() => b.AddProject("web", "../Nowhere.csproj")).Message, StringComparison.Ordinal);

    [Fact]
    public async Task An_endpoint_with_its_own_variable_is_not_among_the_urls()
    {
        var web = Allocate(b.AddProject("web", AppHostFolder.Web).WithHttpEndpoint(port: 8001, name: "grpc", env: "GRPC_PORT"));

        var environment = await EnvironmentOf(web.Resource);

        Assert.Equal("http://localhost:<web.http.target>", environment["ASPNETCORE_URLS"]);
        Assert.Equal("<web.grpc.target>", environment["GRPC_PORT"]);
    }

    [Fact]
    public async Task A_worker_without_launch_settings_has_no_urls() =>
        Assert.DoesNotContain("ASPNETCORE_URLS", await EnvironmentOf(b.AddProject("worker", AppHostFolder.Worker).Resource));

    [Fact]
    public async Task A_reference_injects_service_discovery_and_plain_variables()
    {
        var store = Allocate(b.AddProject("feature-store", AppHostFolder.Web).WithHttpEndpoint(name: "admin"));
        var worker = b.AddProject("worker", AppHostFolder.Worker).WithReference(store);

        var environment = await EnvironmentOf(worker.Resource);

        Assert.Equal("http://localhost:1000", environment["services__feature-store__http__0"]);
        Assert.Equal("http://localhost:1000", environment["FEATURE_STORE_HTTP"]);
        Assert.Equal("http://localhost:1001", environment["services__feature-store__admin__0"]);
        Assert.Equal("http://localhost:1001", environment["FEATURE_STORE_ADMIN"]);
    }

    [Fact]
    public async Task A_reference_to_one_endpoint_injects_only_that()
    {
        var store = Allocate(b.AddProject("store", AppHostFolder.Web).WithHttpEndpoint(name: "admin"));
        var worker = b.AddProject("worker", AppHostFolder.Worker).WithReference(store.GetEndpoint("admin"));

        var environment = await EnvironmentOf(worker.Resource);

        Assert.Contains("STORE_ADMIN", environment);
        Assert.DoesNotContain("STORE_HTTP", environment);
    }

    [Fact]
    public async Task A_reference_to_redis_injects_the_connection_string_and_its_parts()
    {
        var password = b.AddParameter("pw", "a+b", secret: true);
        var redis = Allocate(b.AddRedis("redis", password: password));
        var worker = b.AddProject("worker", AppHostFolder.Worker).WithReference(redis);

        var environment = await EnvironmentOf(worker.Resource);

        Assert.Equal("localhost:1000,password=a+b", environment["ConnectionStrings__redis"]);
        Assert.Equal(
            ("localhost", "1000", "a+b", "redis://:a%2Bb@localhost:1000"),
            (environment["REDIS_HOST"], environment["REDIS_PORT"], environment["REDIS_PASSWORD"], environment["REDIS_URI"]));
    }

    [Fact]
    public async Task A_connection_string_from_configuration_that_is_missing_names_its_key()
    {
        var worker = b.AddProject("worker", AppHostFolder.Worker).WithReference(b.AddConnectionString("legacy"));

        var error = await Assert.ThrowsAsync<MissingParameterValueException>(() => EnvironmentOf(worker.Resource));

        Assert.Contains("'legacy'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reference_waits_until_the_endpoint_is_allocated()
    {
        var store = b.AddProject("store", AppHostFolder.Web);
        var worker = b.AddProject("worker", AppHostFolder.Worker).WithReference(store);

        var environment = EnvironmentOf(worker.Resource);
        Assert.False(environment.IsCompleted);
        Allocate(store);

        Assert.Equal("http://localhost:1000", (await environment.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken))["STORE_HTTP"]);
    }

    [Fact]
    public async Task Telemetry_goes_to_the_configured_dashboard_with_its_key()
    {
        b.Configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://localhost:4317";
        b.Configuration["AppHost:OtlpApiKey"] = "key";

        var environment = await EnvironmentOf(b.AddProject("worker", AppHostFolder.Worker).Resource);

        Assert.Equal(("http://localhost:4317", "grpc", "x-otlp-api-key=key"),
            (environment["OTEL_EXPORTER_OTLP_ENDPOINT"], environment["OTEL_EXPORTER_OTLP_PROTOCOL"], environment["OTEL_EXPORTER_OTLP_HEADERS"]));
    }

    [Fact]
    public void Kestrel_endpoints_of_a_project_are_refused_rather_than_ignored()
    {
        folder.Write("Worker/appsettings.json", """{ "Kestrel": { "Endpoints": { "a": { "Url": "http://localhost:1" } } } }""");

        Assert.Contains("genuine package Aspire.Hosting", Assert.Throws<NotSupportedException>(() => b.AddProject("worker", AppHostFolder.Worker)).Message, StringComparison.Ordinal);
    }

    /// <summary>Ports 1000, 1001, ... in the order of declaration, and a target port that says whose it is.</summary>
    private static IResourceBuilder<T> Allocate<T>(IResourceBuilder<T> builder)
        where T : IResourceWithEndpoints
    {
        var port = 1000;
        foreach (var endpoint in builder.Resource.Annotations.OfType<EndpointAnnotation>())
        {
            endpoint.AllocatedEndpoint = new AllocatedEndpoint(endpoint, "localhost", port++, $"<{builder.Resource.Name}.{endpoint.Name}.target>");
        }

        return builder;
    }

    private async Task<Dictionary<string, string>> EnvironmentOf(IResource resource)
    {
        var declared = await resource.GatherEnvironmentAsync(b.ExecutionContext, NullLogger.Instance, TestContext.Current.CancellationToken);
        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in declared)
        {
            environment[name] = (await resource.ResolveAsync(b.ExecutionContext, value, TestContext.Current.CancellationToken)).Value!;
        }

        return environment;
    }
}
