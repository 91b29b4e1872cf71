using Microsoft.AspNetCore.Builder;

namespace MlAspire.Benchmarks.Baselines;

/// <summary>Where the measured services send their telemetry, so that all of it is made and sent as in production: a process that takes every message of OTLP over HTTP and throws it away.</summary>
/// <remarks>The level is <c>Standard</c>, as production's is: every span is made and held until the verdict on its trace.</remarks>
internal sealed class Collector : IDisposable
{
    private readonly ServerProcess process;

    private Collector(ServerProcess process) => this.process = process;

    /// <summary>What a service is started with to send here.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{process.Port}", ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["Telemetry__Level"] = "Standard",
    };

    public static Collector Start(BenchSetting setting) => new(ServerProcess.Start(
        [ServerProcess.Self, "collector", "http://127.0.0.1:PORT"], setting.Output, new Dictionary<string, string>(), Path.Combine(setting.Output, "collector.log"),
        "POST /v1/traces HTTP/1.1\r\nHost: bench\r\nContent-Length: 0\r\n\r\n"u8.ToArray()));

    /// <summary>The program of the process.</summary>
    public static WebApplication Build(string url) => FloorServer.Build(url, "/v1/{signal}");

    public void Dispose() => process.Dispose();
}
