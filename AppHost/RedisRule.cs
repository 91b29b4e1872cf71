using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace MlAspire.AppHost;

/// <summary>
/// Where Redis comes from: the connection string <c>ConnectionStrings:{name}</c> if configured; else a container when a container runtime answers (always when publishing);
/// else <c>redis-server</c> or <c>valkey-server</c> of this machine; else a message that says which three things would help.
/// </summary>
internal static class RedisRule
{
    private static readonly TimeSpan RuntimeAnswersWithin = TimeSpan.FromSeconds(10);

    /// <summary>Adds Redis by the rule above; data lives in a volume, or in the run's state folder.</summary>
    /// <exception cref="DistributedApplicationException">None of the three ways is there.</exception>
    public static IResourceBuilder<IResourceWithConnectionString> AddRedisByRule(this IDistributedApplicationBuilder builder, string name, RunFolders folders)
    {
        if (builder.ExecutionContext.IsRunMode && builder.Configuration.GetConnectionString(name) is not null)
        {
            return builder.AddConnectionString(name);
        }

        if (builder.ExecutionContext.IsPublishMode || ContainerRuntimeAnswers(builder.Configuration["ASPIRE_CONTAINER_RUNTIME"]))
        {
            return builder.AddRedis(name).WithDataVolume().WithPersistence();
        }

        var server = Find("redis-server") ?? Find("valkey-server") ?? throw new DistributedApplicationException(
            $"No Redis: set ConnectionStrings:{name}, or start a container runtime (Docker or Podman), or install redis-server (Debian: apt-get install redis-server).");
        return builder.AddLocalRedis(name, server, folders.StateOf(name));
    }

    private static IResourceBuilder<LocalRedisResource> AddLocalRedis(this IDistributedApplicationBuilder builder, string name, string server, string data)
    {
        var redis = new LocalRedisResource(name, server, data);
        var check = name + "_ping";
        builder.Services.AddHealthChecks().AddCheck(check, new RedisPing(redis));
        return builder.AddResource(redis)
            .WithEndpoint(scheme: "tcp", name: LocalRedisResource.EndpointName)
            .WithArgs("--bind", "127.0.0.1", "--port", redis.Endpoint.Property(EndpointProperty.TargetPort))
            .WithArgs("--dir", data, "--appendonly", "yes", "--save", "")
            .WithHealthCheck(check)
            .ExcludeFromManifest();
    }

    // As Aspire itself asks: the client being installed says nothing, its engine must answer.
    private static bool ContainerRuntimeAnswers(string? chosen)
    {
        var runtime = Find(chosen ?? "docker") ?? Find(chosen ?? "podman");
        if (runtime is null)
        {
            return false;
        }

        using var info = Process.Start(new ProcessStartInfo(runtime, ["info"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        info.OutputDataReceived += (_, _) => { };
        info.ErrorDataReceived += (_, _) => { };
        info.BeginOutputReadLine();
        info.BeginErrorReadLine();
        if (info.WaitForExit(RuntimeAnswersWithin))
        {
            return info.ExitCode == 0;
        }

        info.Kill(entireProcessTree: true);
        return false;
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
