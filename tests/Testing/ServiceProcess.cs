using System.Diagnostics;

namespace MlAspire.Testing;

/// <summary>A service as a process of its own, on a free port, for what a process has once and for what happens to it when it is killed.</summary>
public sealed class ServiceProcess : IDisposable
{
    private readonly Process process;

    private ServiceProcess(Process process, Uri address)
    {
        this.process = process;
        Client = new HttpClient { BaseAddress = address };
    }

    public HttpClient Client { get; }

    /// <summary>How many threads it has now.</summary>
    public int Threads
    {
        get
        {
            process.Refresh();
            return process.Threads.Count;
        }
    }

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <param name="assembly">Its file, beside the test's: <c>MlAspire.FeatureStore.dll</c>.</param>
    public static async Task<ServiceProcess> StartAsync(string assembly, params string[] arguments)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Take()}");
        var start = new ProcessStartInfo("bash", ["-c", FileLimit.Shell, Path.Combine(AppContext.BaseDirectory, assembly), $"--urls={address}", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        FileLimit.Prepare(start.Environment);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { }; // read, so that it is never held up
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var service = new ServiceProcess(process, address);
        try
        {
            await Eventually.TrueAsync($"{assembly} to be ready", async () => (await service.Client.GetAsync("/health/ready")).IsSuccessStatusCode, TimeSpan.FromSeconds(60));
            return service;
        }
        catch
        {
            service.Dispose();
            throw;
        }
    }

    /// <summary>From now on no file of it grows beyond: a write that would fails, as on a full disk.</summary>
    /// <param name="bytes"><see cref="ulong.MaxValue"/> = there is room again.</param>
    public void LimitFiles(ulong bytes) => FileLimit.Set(process.Id, bytes);

    /// <summary>Ends it as a loss of power would: SIGKILL.</summary>
    public void Kill()
    {
        process.Kill();
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            Kill();
        }

        process.Dispose();
        Client.Dispose();
    }
}
