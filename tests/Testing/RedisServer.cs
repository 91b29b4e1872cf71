using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace MlAspire.Testing;

/// <summary>
/// A real redis-server on a free port of this machine, empty, without persistence. Can be killed and started again on the same port.
/// Without redis-server on the machine the test is skipped with that reason, or fails when <c>CI=true</c> or <c>REQUIRE_REDIS=1</c>.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly string[] Names = ["redis-server", "valkey-server"];

    private readonly string[] settings;
    private Process? process;

    private RedisServer(string executable, int port, string[] settings)
    {
        Executable = executable;
        Port = port;
        this.settings = settings;
    }

    public int Port { get; }

    public string ConnectionString => $"127.0.0.1:{Port}";

    private string Executable { get; }

    /// <param name="settings">Further arguments of redis-server.</param>
    public static Task<RedisServer> StartAsync(params string[] settings) => StartAsync(() => settings);

    /// <param name="settings">Further arguments of redis-server, made anew for each attempt: they may have a port that was free.</param>
    public static async Task<RedisServer> StartAsync(Func<string[]> settings)
    {
        var executable = Find();
        if (executable is null)
        {
            const string Reason = "redis-server is not on this machine (Debian: apt-get install redis-server)";
            Assert.SkipUnless(IsRequired(), Reason);
            Assert.Fail(Reason);
        }

        for (var attempt = 1; ; attempt++)
        {
            var server = new RedisServer(executable!, FreePort.Take(), settings());
            try
            {
                await server.RestartAsync();
                return server;
            }
            catch (TimeoutException) when (attempt < 3)
            {
                // Another process took the port between the look and the start.
                await server.DisposeAsync();
            }
        }
    }

    /// <summary>Starts it again, empty, on the same port; answers PING when this returns.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        process = Process.Start(new ProcessStartInfo(Executable, ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath(), .. settings])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException($"{Executable} did not start");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await Eventually.TrueAsync($"redis-server on port {Port} to answer PING", AnswersAsync, TimeSpan.FromSeconds(10));
    }

    /// <summary>Ends it without a farewell, as a crash would.</summary>
    public async Task KillAsync()
    {
        if (process is null)
        {
            return;
        }

        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
        process = null;
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private async Task<bool> AnswersAsync()
    {
        if (process is not { HasExited: false })
        {
            return false;
        }

        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        await client.GetStream().WriteAsync("PING\r\n"u8.ToArray());
        var answer = new byte[7];
        await client.GetStream().ReadExactlyAsync(answer);
        return Encoding.ASCII.GetString(answer) == "+PONG\r\n";
    }

    private static bool IsRequired() =>
        Environment.GetEnvironmentVariable("CI") == "true" || Environment.GetEnvironmentVariable("REQUIRE_REDIS") == "1";

    private static string? Find() =>
        (from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
         from name in Names
         select Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
