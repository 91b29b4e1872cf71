using Microsoft.Extensions.DependencyInjection;

namespace MlAspire.LocalFeed.Aspire.Hosting.Run.Tests;

/// <summary>One application with real processes and the real dashboard, started once for all tests that only look at it or act on a resource of their own.</summary>
public sealed class RunningApplication : IAsyncLifetime
{
    public const string BrowserToken = "browser-token";
    public const string ApiKey = "api-key";
    private DistributedApplication? app;

    public DistributedApplication App => app ?? throw new InvalidOperationException("The application has not been started.");

    public ResourceNotificationService Notifications => App.ResourceNotifications;

    public ResourceCommandService Commands => App.ResourceCommands;

    public DistributedApplicationModel Model => App.Services.GetRequiredService<DistributedApplicationModel>();

    /// <summary>Names of resources in the order in which they became ready.</summary>
    public List<string> ReadyOrder { get; } = [];

    public async ValueTask InitializeAsync()
    {
        var options = Programs.Options(
            "--environment=Development", "--ASPIRE_ALLOW_UNSECURED_TRANSPORT=true", $"--ASPIRE_DASHBOARD_FRONTEND_BROWSERTOKEN={BrowserToken}", $"--AppHost:DashboardApiKey={ApiKey}");
        options.DisableDashboard = false;
        var builder = DistributedApplication.CreateBuilder(options);
        Declare(builder);
        app = builder.Build();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await app.StartAsync(timeout.Token);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("web", timeout.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    public IResource Resource(string name) => Model.Resources.Single(resource => resource.Name == name);

    public EndpointReference Endpoint(string resource, string name) => ((IResourceWithEndpoints)Resource(resource)).GetEndpoint(name);

    /// <summary>Instances of the resource as they are now.</summary>
    public IReadOnlyList<ResourceEvent> Instances(string name) =>
        [.. Resource(name).GetResolvedResourceNames().Select(instance => Notifications.TryGetCurrentState(instance, out var current) ? current : throw new InvalidOperationException($"{instance} is unknown."))];

    private void Declare(IDistributedApplicationBuilder builder)
    {
        var cache = AddRedis(builder, "cache");
        AddRedis(builder, "restarted");
        var secret = builder.AddParameter("secret", "s3cret", secret: true);
        var missing = builder.AddParameter("missing", secret: true);
        var web = builder.AddProject("web", Programs.FixtureProject)
            .WithHttpEndpoint().WithReplicas(2).WithHttpHealthCheck("/health").WaitFor(cache)
            .WithEnvironment("SECRET", secret).WithArgs("--greeting", secret)
            .WithHttpCommand("/seed", "Seed", commandName: "seed")
            .WithCommand("refuse", "Refuse", _ => Task.FromResult(CommandResults.Failure("not today")))
            .WithCommand("throw", "Throw", _ => throw new InvalidOperationException("broken inside"));
        var job = builder.AddExecutable("job", "bash", ".", "-c", "echo to stdout; echo to stderr >&2; exit 3").WithExplicitStart();
        builder.AddExecutable("after-job", "sleep", ".", "600").WaitForCompletion(job, exitCode: 3).WithExplicitStart();
        builder.AddExecutable("after-web", "sleep", ".", "600").WaitFor(web).WithParentRelationship(web);
        builder.AddExecutable("nothing", "/no/such/program", ".");
        builder.AddExecutable("needy", "sleep", ".", "600").WithEnvironment("MISSING", missing).WithExplicitStart();
        foreach (var resource in builder.Resources.ToArray())
        {
            builder.Eventing.Subscribe<ResourceReadyEvent>(resource, (ready, _) =>
            {
                lock (ReadyOrder)
                {
                    ReadyOrder.Add(ready.Resource.Name);
                }

                return Task.CompletedTask;
            });
        }
    }

    private static IResourceBuilder<ExecutableResource> AddRedis(IDistributedApplicationBuilder builder, string name)
    {
        var redis = builder.AddExecutable(name, "redis-server", ".", "--save", "").WithEndpoint(name: "tcp", scheme: "tcp");
        return redis.WithArgs("--port", redis.GetEndpoint("tcp").Property(EndpointProperty.TargetPort));
    }
}

[CollectionDefinition(Name)]
public sealed class RunningApplicationTests : ICollectionFixture<RunningApplication>
{
    public const string Name = "running application";
}
