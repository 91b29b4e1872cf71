using System.Diagnostics;
using System.Net.Sockets;
using MlAspire.Benchmarks.Load;
using MlAspire.Testing;

namespace MlAspire.Benchmarks.Baselines;

/// <summary>A server under load: a process of its own on a free port, its output in a file, killed at the end.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private readonly Process process;

    private ServerProcess(Process process, int port, TimeSpan started, string log) => (this.process, Port, Started, Log) = (process, port, started, log);

    /// <summary>The file of this program, which can be a server too.</summary>
    public static string Self { get; } = Path.Combine(AppContext.BaseDirectory, "MlAspire.Benchmarks");

    public int Port { get; }

    /// <summary>From the start of the process to its first answer with status 200.</summary>
    public TimeSpan Started { get; }

    /// <summary>The file with its output.</summary>
    public string Log { get; }

    public long LogBytes => new FileInfo(Log).Length;

    /// <summary>Processor time that it has taken, on all cores.</summary>
    public TimeSpan Cpu
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <param name="command">The program and its arguments; a shell sends its output to <paramref name="log"/>. <c>PORT</c> in an argument or a variable stands for the port.</param>
    /// <param name="first">The request that it must answer.</param>
    /// <exception cref="TimeoutException">It has not answered within a minute, or it has ended.</exception>
    public static ServerProcess Start(IReadOnlyList<string> command, string directory, IReadOnlyDictionary<string, string> environment, string log, byte[] first)
    {
        var port = FreePort.Take();
        string WithPort(string text) => text.Replace("PORT", $"{port}", StringComparison.Ordinal);
        var start = new ProcessStartInfo("sh", ["-c", "exec \"$@\" > \"$0\" 2>&1", log, .. command.Select(WithPort)]) { WorkingDirectory = directory };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = WithPort(value);
        }

        var time = TimeProvider.System;
        var began = time.GetTimestamp();
        var process = Process.Start(start)!;
        while (!Answers(port, first))
        {
            if (process.HasExited || time.GetElapsedTime(began) > StartLimit)
            {
                process.Kill();
                throw new TimeoutException($"{command[0]} does not answer; its output: {log}");
            }

            Pause.For(TimeSpan.FromMilliseconds(1));
        }

        return new ServerProcess(process, port, time.GetElapsedTime(began), log);
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private static bool Answers(int port, byte[] request)
    {
        try
        {
            using var connection = new Connection(port, request);
            return connection.Exchange() == 200;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }
}
