using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace MlAspire.LocalFeed.Redis.Stress;

/// <summary>A real redis-server of its own on a free port, with every write on disk before it is acknowledged. Can be killed and started again.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const int StartAttempts = 5;

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("redis-stress-");
    private readonly TlsFiles? tls;
    private readonly string? password;
    private Process? process;

    private RedisServer(bool tls, string? password)
    {
        this.tls = tls ? TlsFiles.Create(directory.FullName) : null;
        this.password = password;
    }

    public int Port { get; private set; }

    public static async Task<RedisServer> StartAsync(bool tls = false, string? password = null)
    {
        var server = new RedisServer(tls, password);
        for (var attempt = 1; ; attempt++)
        {
            server.Port = FreePort();
            try
            {
                await server.StartAgainAsync();
                return server;
            }
            catch (StressFailure) when (attempt < StartAttempts)
            {
                // Somebody else took the port between our look and the server's start.
            }
        }
    }

    /// <summary>Options for this server: it is waited for when it is away, and asked again soon.</summary>
    public ConfigurationOptions Client()
    {
        var options = new ConfigurationOptions
        {
            EndPoints = { { "127.0.0.1", Port } }, AbortOnConnectFail = false, AllowAdmin = true, Password = password,
            AsyncTimeout = 30_000, SyncTimeout = 30_000, ConnectTimeout = 5_000, ReconnectRetryPolicy = new LinearRetry(100),
        };
        tls?.Trust(options);
        return options;
    }

    /// <summary>SIGKILL: the server gets no chance to say good-bye.</summary>
    public void Kill()
    {
        process!.Kill();
        process.WaitForExit();
        process.Dispose();
        process = null;
    }

    /// <summary>Starts the server on its port and waits until it has its data and accepts connections.</summary>
    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo("redis-server") { RedirectStandardOutput = true, WorkingDirectory = directory.FullName };
        string[] arguments =
        [
            "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0",
            "--client-output-buffer-limit", "pubsub 0 0 0", .. tls?.ServerArguments(Port) ?? ["--port", $"{Port}"],
            .. password is null ? Array.Empty<string>() : ["--requirepass", password],
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        process = Process.Start(start)!;
        await WaitUntilReadyAsync(process);
    }

    public ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            Kill();
        }
        directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task WaitUntilReadyAsync(Process process)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously); // the thread that sets it reads the output, which Kill waits for
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) =>
        {
            output.AppendLine(line.Data);
            if (line.Data is null)
            {
                ready.TrySetException(new StressFailure($"redis-server ended: {output}"));
            }
            else if (line.Data.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                ready.TrySetResult();
            }
        };
        process.BeginOutputReadLine();
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
