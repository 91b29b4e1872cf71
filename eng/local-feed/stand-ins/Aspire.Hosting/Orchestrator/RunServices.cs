using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Orchestrator;

/// <summary>Registers what runs the resources: notifications, logs, commands, and in run mode the orchestrator and the dashboard.</summary>
internal static class RunServices
{
    public static void Add(HostApplicationBuilder host, IDistributedApplicationBuilder application, DistributedApplicationOptions options)
    {
        _ = (application, options);
        host.Services.AddSingleton<ResourceNotificationService>();
        host.Services.AddSingleton<ResourceLoggerService>();
        host.Services.AddSingleton<ResourceCommandService>();
    }
}
