using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Health;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.Orchestrator;

/// <summary>Registers what runs the resources: notifications, logs, commands, and in run mode the orchestrator and the dashboard.</summary>
internal static class RunServices
{
    public static void Add(HostApplicationBuilder host, IDistributedApplicationBuilder application, DistributedApplicationOptions options)
    {
        var services = host.Services;
        services.AddSingleton<ResourceNotificationService>();
        services.AddSingleton<ResourceLoggerService>();
        services.AddSingleton(provider => new ResourceCommandService(
            provider.GetRequiredService<ResourceNotificationService>(), provider.GetRequiredService<ResourceLoggerService>(), provider));
        // Without a dashboard nobody sees that something failed, nor can start it again.
        services.Configure<ResourceNotificationServiceOptions>(notifications =>
            notifications.DefaultWaitBehavior = options.DisableDashboard ? WaitBehavior.StopOnResourceUnavailable : WaitBehavior.WaitOnResourceUnavailable);
        if (application.ExecutionContext.IsPublishMode)
        {
            return;
        }

        // In this order: waits need health, the dashboard needs the resource service.
        services.AddHostedService<ResourceHealthCheckService>();
        if (options.DashboardEnabled)
        {
            AddDashboard(host, application);
        }

        if (options.EnableResourceLogging)
        {
            services.AddHostedService<ResourceLogForwarder>();
        }

        AddOrchestrator(services);
    }

    private static void AddDashboard(HostApplicationBuilder host, IDistributedApplicationBuilder application)
    {
        DashboardKeys.Ensure(host.Configuration);
        host.Services.AddSingleton<IConfigureOptions<DashboardOptions>, ConfigureDashboardOptions>();
        host.Services.AddSingleton<DashboardResource>();
        host.Services.AddSingleton<ResourceServiceHost>();
        host.Services.AddHostedService(provider => provider.GetRequiredService<ResourceServiceHost>());
        host.Services.AddHostedService<DashboardLog>();
        host.Services.AddHostedService<DashboardKeeper>();
        application.Eventing.Subscribe<BeforeStartEvent>((start, _) =>
        {
            start.Services.GetRequiredService<DashboardResource>().AddTo(start.Model);
            return Task.CompletedTask;
        });
    }

    private static void AddOrchestrator(IServiceCollection services)
    {
        services.AddSingleton<IConfigureOptions<DcpOptions>, ConfigureDcpOptions>();
        services.AddSingleton<DcpHost>();
        services.AddSingleton<InstanceNames>();
        services.AddSingleton<EndpointServices>();
        services.AddSingleton<DcpWatcher>();
        services.AddSingleton<DcpConsole>();
        services.AddSingleton<ResourceStart>();
        services.AddSingleton<ParameterStates>();
        services.AddSingleton<DcpExecutor>();
        services.AddHostedService<OrchestratorHostService>();
    }
}
