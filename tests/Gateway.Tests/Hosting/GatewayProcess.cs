using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using MlAspire.Testing;

namespace MlAspire.Gateway.Tests.Hosting;

/// <summary>The gateway as its own process, for what cannot be done to this one: limits of the operating system, kill -9.</summary>
internal sealed partial class GatewayProcess : IAsyncDisposable
{
    private const int Terminate = 15; // SIGTERM

    private readonly Process process;
    private readonly ConcurrentQueue<string> output;

    private GatewayProcess(Process process, ConcurrentQueue<string> output, HttpClient client) => (this.process, this.output, Client) = (process, output, client);

    public HttpClient Client { get; }

    /// <summary>What it has written to stdout and stderr.</summary>
    public IReadOnlyCollection<string> Output => output;

    /// <param name="settings">As environment variables.</param>
    public static async Task<GatewayProcess> StartAsync(IEnumerable<(string Key, string Value)> settings)
    {
        var start = new ProcessStartInfo("bash", ["-c", FileLimit.Shell, typeof(GatewayApp).Assembly.Location, "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["Logging__Format"] = "json";
        FileLimit.Prepare(start.Environment);
        foreach (var (key, value) in settings)
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var output = new ConcurrentQueue<string>();
        process.OutputDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        process.OutputDataReceived += (_, line) => Look(line.Data, listening);
        process.ErrorDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException($"the gateway ended with {process.ExitCode}"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new(process, output, new() { BaseAddress = await listening.Task.WithinAsync("the gateway process to listen", TimeSpan.FromSeconds(60)) });
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    /// <summary>From now on no file grows beyond: a write that would fails, as on a full disk.</summary>
    /// <param name="bytes"><see cref="ulong.MaxValue"/> = there is room again.</param>
    public void LimitFiles(ulong bytes) => FileLimit.Set(process.Id, bytes);

    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Tells it to end, and waits until it has.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        Assert.Equal(0, SendSignal(process.Id, Terminate));
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!process.HasExited)
        {
            await KillAsync();
        }

        process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    // {"timestamp":"...","level":"INFO","message":"Now listening on: http://127.0.0.1:41235",...}
    private static void Look(string? line, TaskCompletionSource<Uri> listening)
    {
        const string Listening = "Now listening on: ";
        if (line?.Contains(Listening, StringComparison.Ordinal) == true)
        {
            listening.TrySetResult(new(((string)JsonNode.Parse(line)!["message"]!)[Listening.Length..]));
        }
    }
}
