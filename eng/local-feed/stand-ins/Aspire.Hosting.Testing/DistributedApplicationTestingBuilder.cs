using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>Starts AppHosts inside tests. Without other wishes the dashboard is off and public ports are free ones instead of the declared.</summary>
public static class DistributedApplicationTestingBuilder
{
    /// <typeparam name="TEntryPoint">A type of the AppHost's assembly, such as <c>Projects.AppHost</c>.</typeparam>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync<TEntryPoint>([], cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync(Type entryPoint, CancellationToken cancellationToken = default)
        => CreateAsync(entryPoint, [], cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync<TEntryPoint>(args, (_, _) => { }, cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync(Type entryPoint, string[] args, CancellationToken cancellationToken = default)
        => CreateAsync(entryPoint, args, (_, _) => { }, cancellationToken);

    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder, CancellationToken cancellationToken = default)
        => CreateAsync(typeof(TEntryPoint), args, configureBuilder, cancellationToken);

    /// <summary>Runs the entry point of the type's assembly up to the point where it builds the application.</summary>
    /// <exception cref="InvalidOperationException">The assembly has no entry point, or it ended without building an application.</exception>
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync(
        Type entryPoint, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entryPoint);
        ArgumentNullException.ThrowIfNull(configureBuilder);
        ThrowIfEmpty(args);
        var run = new AppHostRun(entryPoint, args, configureBuilder);
        try
        {
            return new AppHostBuilder(run, await run.StartEntryPoint().WaitAsync(cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await run.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>An empty application with the defaults of the calling AppHost project.</summary>
    public static IDistributedApplicationTestingBuilder Create(params string[] args) => Create(args, (_, _) => { });

    public static IDistributedApplicationTestingBuilder Create(string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder)
    {
        ArgumentNullException.ThrowIfNull(configureBuilder);
        ThrowIfEmpty(args);
        var options = new DistributedApplicationOptions();
        // The caller is the assembly that says where DCP is: it imports the AppHost SDK.
        var appHost = new StackTrace().GetFrames().Select(frame => frame.GetMethod()?.DeclaringType?.Assembly).FirstOrDefault(assembly => HasDcp(assembly))
            ?? throw new InvalidOperationException(
                "No application host assembly was found. Ensure that you have a project that references the 'Aspire.Hosting.AppHost' package and imports the 'Aspire.AppHost.Sdk' SDK.");
        var builder = BuilderInterception.Run(
            new TestDefaults(appHost, args, configureBuilder), () => new DistributedApplicationBuilder(options));
        builder.Services.ConfigureHttpClientDefaults(http => http.AddStandardResilienceHandler());
        return new DirectBuilder(builder);
    }

    private static bool HasDcp(Assembly? assembly)
        => assembly is not null && assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Any(metadata => metadata is { Key: "dcpclipath", Value.Length: > 0 });

    private static void ThrowIfEmpty(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (Array.FindIndex(args, string.IsNullOrEmpty) is >= 0 and var index)
        {
            throw new ArgumentException($"args[{index}] is null or empty.", nameof(args));
        }
    }

    private sealed class AppHostBuilder(AppHostRun run, DistributedApplicationBuilder inner) : TestingBuilder(inner)
    {
        public override Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) => run.BuildAsync(cancellationToken);

        public override ValueTask DisposeAsync() => run.DisposeAsync();
    }

    private sealed class DirectBuilder(DistributedApplicationBuilder inner) : TestingBuilder(inner)
    {
        private readonly DistributedApplicationBuilder builder = inner;
        private DistributedApplication? application;

        public override Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult(application = builder.Build());
        }

        public override ValueTask DisposeAsync() => application?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
