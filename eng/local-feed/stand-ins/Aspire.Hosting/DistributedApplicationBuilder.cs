using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Aspire.Hosting.Orchestrator;
using Aspire.Hosting.Publishing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

/// <summary>Collects resources and services, then builds the application.</summary>
public class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private static readonly Dictionary<string, string> Switches = new()
    {
        ["--operation"] = "AppHost:Operation",
        ["--publisher"] = "Publishing:Publisher",
        ["--step"] = "Pipeline:Step",
        ["--output-path"] = "Pipeline:OutputPath",
        ["--dcp-cli-path"] = "DcpPublisher:CliPath",
        ["--dcp-container-runtime"] = "DcpPublisher:ContainerRuntime",
        ["--dcp-dependency-check-timeout"] = "DcpPublisher:DependencyCheckTimeout",
        ["--dcp-dashboard-path"] = "DcpPublisher:DashboardPath",
    };

    private readonly DistributedApplicationOptions options;
    private readonly HostApplicationBuilder host;
    private readonly DistributedApplicationExecutionContextOptions executionContextOptions;

    public DistributedApplicationBuilder(string[] args)
        : this(new DistributedApplicationOptions { Args = args })
    {
    }

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        var settings = new HostApplicationBuilderSettings { Args = options.Args, Configuration = new ConfigurationManager() };
        // --environment wins over DOTNET_ENVIRONMENT, which wins over ASPIRE_ENVIRONMENT.
        settings.Configuration.AddEnvironmentVariables(prefix: "ASPIRE_");
        BuilderInterception.Current?.Constructing(options, settings);
        host = new HostApplicationBuilder(settings);
        AppHostDirectory = options.ProjectDirectory ?? host.Environment.ContentRootPath;
        AppHostPath = Path.GetFullPath(Path.Join(AppHostDirectory, options.ProjectName ?? host.Environment.ApplicationName));
        ReadSwitches();
        executionContextOptions = ReadOperation(Configuration);
        ExecutionContext = new(executionContextOptions);
        DescribeAppHost();
        AddServices();
        BuilderInterception.Current?.Constructed(this);
    }

    public IHostEnvironment Environment => host.Environment;

    public ConfigurationManager Configuration => host.Configuration;

    public IServiceCollection Services => host.Services;

    public string AppHostDirectory { get; }

    public string AppHostPath { get; }

    public Assembly? AppHostAssembly => options.Assembly;

    public DistributedApplicationExecutionContext ExecutionContext { get; }

    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IDistributedApplicationEventing Eventing { get; } = new DistributedApplicationEventing();

    public IResourceBuilder<T> AddResource<T>(T resource)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        ValidateName(resource);
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        return new ResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build()
    {
        BuilderInterception.Current?.Building(this);
        foreach (var resource in Resources)
        {
            ValidateName(resource);
        }

        var application = new DistributedApplication(host.Build());
        executionContextOptions.Services = application.Services;
        BuilderInterception.Current?.Built(application);
        return application;
    }

    private static void ValidateName(IResource resource)
    {
        if (!resource.HasAnnotationOfType<NameValidationPolicyAnnotation>())
        {
            ModelName.ValidateName(nameof(Resource), resource.Name);
        }
    }

    private static DistributedApplicationExecutionContextOptions ReadOperation(ConfigurationManager configuration)
    {
        var publisher = configuration["Publishing:Publisher"];
        return (configuration["AppHost:Operation"]?.ToLowerInvariant(), publisher) switch
        {
            ("publish", _) => new(DistributedApplicationOperation.Publish, publisher ?? "manifest"),
            ("run", _) or (null, null) => new(DistributedApplicationOperation.Run),
            (null, not null) => new(DistributedApplicationOperation.Publish, publisher),
            _ => throw new DistributedApplicationException("Invalid operation specified. Valid operations are 'publish' or 'run'."),
        };
    }

    private void ReadSwitches()
    {
        Configuration.AddCommandLine(options.Args ?? [], Switches);
        if (string.Equals(Configuration["Publishing:Publisher"], "manifest", StringComparison.OrdinalIgnoreCase))
        {
            Configuration["Pipeline:Step"] ??= ManifestPublisher.StepName;
            Configuration["AppHost:Operation"] ??= nameof(DistributedApplicationOperation.Publish);
        }
    }

    /// <summary>What names of volumes and the dashboard are derived from.</summary>
    private void DescribeAppHost()
    {
        var pathHash = Configuration["AppHostSha"] ?? Sha256(AppHostPath.ToLowerInvariant());
        var nameHash = Configuration["AppHostSha"] ?? Sha256(options.ProjectName ?? Environment.ApplicationName);
        Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AppHost:Directory"] = AppHostDirectory,
            ["AppHost:Path"] = AppHostPath,
            ["AppHost:DashboardApplicationName"] = options.DashboardApplicationName ?? Environment.ApplicationName,
            ["AppHost:PathSha256"] = pathHash,
            ["AppHost:ProjectNameSha256"] = nameHash,
            // A published name must not depend on where the sources lie.
            ["AppHost:Sha256"] = ExecutionContext.IsPublishMode ? nameHash : pathHash,
        });
    }

    private static string Sha256(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private void AddServices()
    {
        QuietLogs();
        Services.AddSingleton(TimeProvider.System);
        Services.AddSingleton(options);
        Services.AddSingleton(ExecutionContext);
        Services.AddSingleton(Eventing);
        Services.AddSingleton(_ => new DistributedApplicationModel(Resources));
        Services.AddHttpClient();
        Services.AddHealthChecks();
        Services.AddHostedService<AppHostLifecycle>();
        RunServices.Add(host, this, options);
        if (ExecutionContext.IsPublishMode)
        {
            Services.AddSingleton<ManifestPublisher>();
            Services.AddHostedService(services => services.GetRequiredService<ManifestPublisher>());
        }

        Eventing.Subscribe<BeforeStartEvent>((start, _) => Http2Endpoints.ApplyAsync(start.Model));
    }

    private void QuietLogs()
    {
        host.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        host.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        host.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        host.Logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.Error);
        host.Logging.AddFilter("Aspire.Hosting.Dashboard", LogLevel.Warning);
        if (options.DashboardEnabled)
        {
            host.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService", LogLevel.None);
        }

        host.Logging.AddConfiguration(Configuration.GetSection("Logging")); // again: the user's settings win
    }
}
