using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.Dcp;

/// <summary>
/// The life of the DCP server that belongs to this process. It runs on its own (session and parent), watches this process by id and, when this process is gone
/// for whatever reason, ends everything that it started.
/// </summary>
internal sealed partial class DcpHost(IOptions<DcpOptions> options, TimeProvider time, ILogger<DcpHost> logger) : IAsyncDisposable
{
    private static readonly TimeSpan startTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan cleanupTimeout = TimeSpan.FromSeconds(20);

    /// <summary>What the children of DCP must not inherit from the AppHost: its own addresses and environment name.</summary>
    private static readonly string[] ownVariables =
        ["ASPNETCORE_URLS", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "DOTNET_LAUNCH_PROFILE", "ASPIRE_LOG_LEVEL"];

    private DcpClient? client;
    private string? session;
    private int stopped;

    /// <exception cref="InvalidOperationException">Before <see cref="StartAsync"/>.</exception>
    public DcpClient Client => client ?? throw new InvalidOperationException("DCP has not been started.");

    /// <summary>Starts the server and returns when its API answers.</summary>
    /// <exception cref="DistributedApplicationException">No executable is configured or there, or it does not come up.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var executable = RequireExecutable();
        session = Directory.CreateTempSubdirectory("aspire-dcp-").FullName;
        var kubeconfig = Path.Combine(session, "kubeconfig");
        using var timeout = new CancellationTokenSource(startTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            LogStarting(executable, session);
            await LaunchAsync(StartInfo(executable, kubeconfig), either.Token).ConfigureAwait(false);
            client = new DcpClient(await ReadKubeconfigAsync(kubeconfig, either.Token).ConfigureAwait(false));
            await AwaitAnswerAsync(client, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new DistributedApplicationException($"DCP ('{executable}') was not ready after {startTimeout.TotalSeconds} s.");
        }
    }

    /// <summary>Ends every process that DCP started, then DCP. Does nothing the second time.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (client is null || Interlocked.Exchange(ref stopped, 1) != 0)
        {
            return;
        }

        using var timeout = new CancellationTokenSource(cleanupTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await client.SetExecutionAsync(new JsonObject { ["status"] = "CleaningResources", ["shutdownResourceCleanup"] = "Full" }, either.Token).ConfigureAwait(false);
            while (await client.GetExecutionAsync(either.Token).ConfigureAwait(false) != "CleanupComplete")
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, either.Token).ConfigureAwait(false);
            }

            await client.SetExecutionAsync(new JsonObject { ["status"] = "Stopping" }, either.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or DcpException or OperationCanceledException)
        {
            LogNotStopped(error.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        client?.Dispose();
    }

    private string RequireExecutable()
    {
        if (options.Value.CliPath is not { } path)
        {
            throw new DistributedApplicationException(
                "The path of the DCP executable is not known. The AppHost's build writes it into the assembly (metadata 'dcpclipath'); set DcpPublisher:CliPath to give another one.");
        }

        return File.Exists(path)
            ? path
            : throw new DistributedApplicationException($"There is no DCP executable at '{path}'. The application cannot be run without it; see DcpPublisher:CliPath.");
    }

    private ProcessStartInfo StartInfo(string executable, string kubeconfig)
    {
        var start = new ProcessStartInfo(executable) { RedirectStandardOutput = true, RedirectStandardError = true };
        Add("start-apiserver", "--monitor", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), "--monitor-interval", "1");
        Add("--detach", "--kubeconfig", kubeconfig);
        if (options.Value.ContainerRuntime is { } runtime)
        {
            Add("--container-runtime", runtime);
        }

        start.Environment["DCP_SESSION_FOLDER"] = session;
        if (options.Value.DiagnosticsLogFolder is { } folder)
        {
            start.Environment["DCP_DIAGNOSTICS_LOG_FOLDER"] = folder;
            start.Environment["DCP_DIAGNOSTICS_LOG_LEVEL"] = options.Value.DiagnosticsLogLevel ?? "debug";
        }

        foreach (var name in ownVariables)
        {
            start.Environment.Remove(name);
        }

        return start;

        void Add(params ReadOnlySpan<string> arguments)
        {
            foreach (var argument in arguments)
            {
                start.ArgumentList.Add(argument);
            }
        }
    }

    private static async Task LaunchAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        using var launcher = Process.Start(start) ?? throw new DistributedApplicationException($"'{start.FileName}' could not be started.");
        await launcher.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (launcher.ExitCode != 0)
        {
            throw new DistributedApplicationException($"DCP ('{start.FileName}') ended with exit code {launcher.ExitCode} instead of starting.");
        }
    }

    private async Task<Kubeconfig> ReadKubeconfigAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (File.Exists(path) && Kubeconfig.TryParse(await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false)) is { } config)
            {
                return config;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AwaitAnswerAsync(DcpClient api, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await api.GetExecutionAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "Starting DCP {Executable} with session folder {Session}.")]
    private partial void LogStarting(string executable, string session);

    [LoggerMessage(LogLevel.Debug, "DCP could not be stopped ({Reason}); it ends by itself when this process does.")]
    private partial void LogNotStopped(string reason);
}
