using MlAspire.Benchmarks.Baselines;

namespace MlAspire.Benchmarks.Load;

/// <summary>Load until a server has compiled its code to the last tier. .NET does that in the background, for seconds after thousands of requests; what is measured meanwhile is the compiler too.</summary>
internal static class WarmUp
{
    private const int MostTurns = 10;
    private const int MostSlices = 100;

    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan QuietCpu = Slice / 20; // a service that nobody asks takes less

    /// <summary>Load and rest in turns, until the server rests at once: at most ten turns.</summary>
    public static void Run(ServerProcess server, byte[] request, int connections, BenchSetting setting)
    {
        for (var turn = 0; turn < (setting.Quick ? 1 : MostTurns); turn++)
        {
            ClosedLoop.Run(server.Port, request, connections, setting.WarmUp);
            if (SlicesUntilRest(server) == 0)
            {
                return;
            }
        }
    }

    /// <returns>At most <see cref="MostSlices"/>.</returns>
    private static int SlicesUntilRest(ServerProcess server)
    {
        var slices = 0;
        while (slices < MostSlices && !Rests(server))
        {
            slices++;
        }

        return slices;
    }

    private static bool Rests(ServerProcess server)
    {
        var before = server.Cpu;
        Pause.For(Slice);
        return server.Cpu - before < QuietCpu;
    }
}
