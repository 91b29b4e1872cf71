using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Testing;

/// <summary>An AppHost's own program, run on a thread of the test's process and held where it builds the application.</summary>
internal sealed class AppHostRun(Type entryPoint, string[] args, Action<DistributedApplicationOptions, HostApplicationBuilderSettings> configureBuilder)
    : TestDefaults(entryPoint.Assembly, args, configureBuilder), IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource<DistributedApplicationBuilder> building = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> built = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim mayBuild = new();
    private readonly string[] args = args;
    private bool isDisposed;
    private int hasBuilder;

    /// <summary>Ends when the program is about to build its application.</summary>
    public Task<DistributedApplicationBuilder> StartEntryPoint()
    {
        var main = entryPoint.Assembly.EntryPoint ?? throw new InvalidOperationException($"Assembly of specified type {entryPoint.Name} does not have an entry point.");
        var thread = new Thread(() => Run(main)) { IsBackground = true, Name = $"entry point of {entryPoint.Assembly.GetName().Name}" };
        Current = this;
        thread.Start(); // the new thread inherits Current
        Current = null;
        return building.Task;
    }

    public async Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken)
    {
        mayBuild.Set();
        var application = await built.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new RunningApplication(this, new RunningHost(this, application.Services));
    }

    /// <summary>The program starts the application; this waits for it.</summary>
    public Task WaitUntilStartedAsync(CancellationToken cancellationToken) => started.Task.WaitAsync(cancellationToken);

    public override void Building(DistributedApplicationBuilder builder)
    {
        if (Interlocked.Exchange(ref hasBuilder, 1) == 0)
        {
            building.TrySetResult(builder);
            mayBuild.Wait();
            if (isDisposed)
            {
                throw new OperationCanceledException("The test disposed the AppHost before it was built.");
            }
        }
    }

    public override void Built(DistributedApplication application)
    {
        application.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() => started.TrySetResult());
        built.TrySetResult(application);
    }

    /// <summary>Stops the application and waits until its program has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        mayBuild.Set();
        if (built.Task.IsCompletedSuccessfully)
        {
            var application = await built.Task.ConfigureAwait(false);
            Stop(application);
            await Task.WhenAny(exited.Task, Task.Delay(StopTimeout)).ConfigureAwait(false);
            await application.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static void Stop(DistributedApplication application)
    {
        try
        {
            var lifetime = application.Services.GetRequiredService<IHostApplicationLifetime>();
            lifetime.StopApplication();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    private void Run(MethodInfo main)
    {
        try
        {
            object?[] parameters = main.GetParameters().Length == 0 ? [] : [args];
            if (main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, parameters, null) is Task task)
            {
                task.GetAwaiter().GetResult();
            }

            End(new InvalidOperationException($"The entry point of {entryPoint.Assembly.GetName().Name} ended without building and running a {nameof(DistributedApplication)}."));
        }
        catch (Exception exception)
        {
            End(exception); // whoever waits gets it
        }
    }

    private void End(Exception exception)
    {
        building.TrySetException(exception);
        built.TrySetException(exception);
        started.TrySetException(exception);
        exited.TrySetResult();
    }

    /// <summary>The test's view of the application: the program runs it, so starting is waiting.</summary>
    private sealed class RunningApplication(AppHostRun run, RunningHost host) : DistributedApplication(host)
    {
        public override Task StartAsync(CancellationToken cancellationToken = default) => run.WaitUntilStartedAsync(cancellationToken);

        public override Task StopAsync(CancellationToken cancellationToken = default) => run.DisposeAsync().AsTask().WaitAsync(cancellationToken);

        public override async Task RunAsync(CancellationToken cancellationToken = default)
        {
            await run.WaitUntilStartedAsync(cancellationToken).ConfigureAwait(false);
            await run.exited.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private sealed class RunningHost(AppHostRun run, IServiceProvider services) : IHost, IAsyncDisposable
    {
        public IServiceProvider Services => services;

        public Task StartAsync(CancellationToken cancellationToken = default) => run.WaitUntilStartedAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken = default) => run.DisposeAsync().AsTask().WaitAsync(cancellationToken);

        public void Dispose() => run.DisposeAsync().AsTask().GetAwaiter().GetResult();

        public ValueTask DisposeAsync() => run.DisposeAsync();
    }
}
