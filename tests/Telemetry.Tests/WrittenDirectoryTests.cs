using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using MlAspire.FeatureStore;
using MlAspire.Gateway;
using MlAspire.Inference.Api;
using MlAspire.Monitoring;
using MlAspire.Testing;

namespace MlAspire.Telemetry.Tests;

/// <summary>The check <c>disk</c> knows every directory that a service writes to.</summary>
public sealed class WrittenDirectoryTests
{
    private const string NotMade = "/proc/mlaspire/logs"; // /proc, of which it would be made a part, has no free space, ever

    private static readonly Dictionary<string, Func<string[], Action<WebApplicationBuilder>?, WebApplication>> Services = new()
    {
        [RunningServices.Gateway] = GatewayApp.Build, [RunningServices.FeatureStore] = FeatureStoreApp.Build, [RunningServices.Inference] = InferenceApp.Build, [RunningServices.Monitoring] = MonitoringApp.Build,
    };

    [Theory]
    [InlineData(RunningServices.FeatureStore, "Offline:Directory")]
    [InlineData(RunningServices.Monitoring, "Witness:Directory")]
    [InlineData(RunningServices.Gateway, "Logging:File:Directory")]
    [InlineData(RunningServices.FeatureStore, "Logging:File:Directory")]
    [InlineData(RunningServices.Inference, "Logging:File:Directory")]
    [InlineData(RunningServices.Monitoring, "Logging:File:Directory")]
    public async Task A_full_disk_that_a_service_is_to_write_to_degrades_it(string service, string setting)
    {
        var folder = Directory.CreateTempSubdirectory("mlaspire-audit-"); // the gateway makes its own when it is built
        await using (var app = Services[service]([$"--{setting}={NotMade}", $"--Audit:Directory={folder}", "--ConnectionStrings:redis=127.0.0.1:1", $"--ModelRepository:Path={Path.Combine(Checkout.Root, "models")}"], null))
        {
            var disk = (await app.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == "disk")).Entries["disk"];
            Assert.Equal((HealthStatus.Degraded, $"0 MiB are free on the disk of {NotMade}, below 256."), (disk.Status, disk.Description));
        }

        folder.Delete(recursive: true);
    }
}
