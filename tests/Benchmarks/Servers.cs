using MlAspire.Benchmarks.Baselines;
using MlAspire.Benchmarks.Load;

namespace MlAspire.Benchmarks;

/// <summary>The three servers of a run, each a process of its own.</summary>
internal sealed class Servers : IDisposable
{
    private Servers(ServerProcess service, ServerProcess floor, ServerProcess node) => (Service, Floor, Node) = (service, floor, node);

    public ServerProcess Service { get; }

    public ServerProcess Floor { get; }

    public ServerProcess Node { get; }

    public static Servers Start(BenchSetting setting, string repository, Collector collector)
    {
        var first = Connection.Request(BenchModel.Tiny);
        ServerProcess? service = null;
        ServerProcess? floor = null;
        try
        {
            service = StartService(setting, repository, collector);
            floor = ServerProcess.Start([ServerProcess.Self, "floor", "http://127.0.0.1:PORT"], setting.Output, new Dictionary<string, string>(), Log(setting, "floor"), first);
            return new Servers(
                service, floor, ServerProcess.Start(["node", "server.mjs", repository, "PORT"], setting.Node, new Dictionary<string, string> { ["NODE_ENV"] = "production" }, Log(setting, "node"), first));
        }
        catch
        {
            service?.Dispose();
            floor?.Dispose();
            throw;
        }
    }

    /// <summary>Inference.Api with every signal: JSON lines on stdout (into a file), metrics, spans, sent to the collector.</summary>
    public static ServerProcess StartService(BenchSetting setting, string repository, Collector collector) => ServerProcess.Start(
        [Path.Combine(setting.Service, "MlAspire.Inference.Api")], setting.Service,
        new Dictionary<string, string>(collector.Environment) { ["ASPNETCORE_URLS"] = "http://127.0.0.1:PORT", ["GRPC_PORT"] = "0", ["ModelRepository__Path"] = repository },
        Log(setting, "service"), Connection.Request(BenchModel.Tiny));

    public void Dispose()
    {
        Service.Dispose();
        Floor.Dispose();
        Node.Dispose();
    }

    private static string Log(BenchSetting setting, string server) => Path.Combine(setting.Output, $"{server}.log");
}
