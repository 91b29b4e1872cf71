using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.Benchmarks.Baselines;
using MlAspire.Benchmarks.Load;
using MlAspire.Benchmarks.Report;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Gateway.Pipeline.Infer;
using MlAspire.ServiceDefaults.Columns;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;

namespace MlAspire.Benchmarks;

/// <summary>What the gateway adds to the two calls that it makes, and what telemetry adds to the gateway: one flight a request, each server a process of its own, asked one after the other.</summary>
/// <param name="setting">Its service directory holds a folder a service.</param>
internal sealed class GatewayBench(BenchSetting setting)
{
    private const string Version = "1"; // named, so that an empty store does not lead to the fallback

    private static readonly string[] Levels = ["off", "standard", "full, own", "full"];

    // Every one of which our services set a level of their own (ServiceDefaults/Logging/LoggingExtensions.cs).
    private static readonly string[] Categories = ["Default", "Microsoft", "Microsoft.AspNetCore.Hosting.Diagnostics", "System", "Polly", "Yarp"];

    private static readonly byte[] Live = "GET /health/live HTTP/1.1\r\nHost: bench\r\n\r\n"u8.ToArray();

    private readonly BenchReport report = new();

    /// <returns>True when every bar holds.</returns>
    public async Task<bool> RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        var folder = Directory.CreateTempSubdirectory("mlaspire-bench-");
        using var store = Start("FeatureStore", "standard", $"--ConnectionStrings:redis={redis.ConnectionString}");
        using var inference = Start("Inference.Api", "standard", $"--ModelRepository:Path={setting.Models}");
        var gateways = Levels.Select(level => Start(
            "Gateway", level, $"--ConnectionStrings:redis={redis.ConnectionString}", $"--ModelRepository:Path={setting.Models}", $"--Audit:Directory={Path.Combine(folder.FullName, level)}",
            $"--services:feature-store:http:0=http://127.0.0.1:{store.Port}", $"--services:inference:http:0=http://127.0.0.1:{inference.Port}")).ToArray();
        try
        {
            Measure(store, inference, gateways);
        }
        finally
        {
            Array.ForEach(gateways, gateway => gateway.Dispose());
            folder.Delete(recursive: true);
        }

        report.Write(Console.Out, Path.Combine(setting.Output, "gateway.json"));
        return report.Holds;
    }

    private void Measure(ServerProcess store, ServerProcess inference, ServerProcess[] gateways)
    {
        var infer = InferRequest(PipelineFile.Read(Path.Combine(setting.Models, "flight-delay", PipelineFile.Name)));
        (string Name, ServerProcess Server, byte[] Request)[] measured =
        [
            ("feature read", store, FeatureRequest()), ("infer", inference, infer), .. Levels.Zip(gateways, (level, gateway) => ($"gateway, {level}", gateway, PredictRequest())),
        ];
        foreach (var (name, server, request) in measured)
        {
            Console.Error.WriteLine($"gateway: warming up: {name}");
            ClosedLoop.Run(server.Port, request, 4, setting.WarmUp);
        }

        var warm = gateways[1].LogBytes;
        var uses = measured.ToDictionary(each => each.Name, _ => new List<Use>());
        for (var round = 1; round <= setting.Rounds; round++)
        {
            Console.Error.WriteLine($"gateway: round {round} of {setting.Rounds}");
            var before = measured.Select(each => (each.Server.Cpu, each.Server.LogBytes)).ToArray();
            var loads = AlternatingLoop.Run([.. measured.Select(each => (each.Server.Port, each.Request))], 3 * measured.Length * setting.Slice);
            foreach (var ((name, server, _), (cpu, log), load) in measured.Zip(before, loads))
            {
                uses[name].Add(new(load, (server.Cpu - cpu).TotalMicroseconds / load.Latencies.Length, (server.LogBytes - log) / (double)load.Latencies.Length));
            }
        }

        foreach (var (name, rounds) in uses)
        {
            report.Figures.Add(Rounds.Figure(name, "mlaspire", 1, [.. rounds.Select(round => round.Load)]));
        }

        AddStages(gateways[1].Log, warm);
        AddBars(uses);
    }

    private void AddBars(Dictionary<string, List<Use>> uses)
    {
        double Median(string name, Func<Use, double> value) => Rounds.Median(uses[name].Select(value));
        double LogBytes(string level) => Median($"gateway, {level}", use => use.LogBytes);
        double P50(string name) => Median(name, use => use.Load.Microseconds(0.5));

        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            gateway: p50 / (feature read + infer, called directly): {P50("gateway, standard") / (P50("feature read") + P50("infer")):0.00}
            gateway: CPU a request: off {Median("gateway, off", use => use.Cpu):0} us, standard {Median("gateway, standard", use => use.Cpu):0} us, full {Median("gateway, full", use => use.Cpu):0} us
            gateway: log a request: standard {LogBytes("standard"):0} B, full {LogBytes("full"):0} B, full of our own categories alone {LogBytes("full, own"):0} B
            gateway: log bytes that standard writes fewer than full of our own categories alone: {1 - (LogBytes("standard") / LogBytes("full, own")):0.00}
            """));
        report.Bars.Add(Bar.Most("telemetry standard / off: CPU a request", Rounds.Median(uses["gateway, standard"].Zip(uses["gateway, off"], (on, off) => on.Cpu / off.Cpu)), 1.15));
        report.Bars.Add(Bar.Most("telemetry standard - off: p50", P50("gateway, standard") - P50("gateway, off"), 15, " us"));
        report.Bars.Add(Bar.Least("log bytes that standard writes fewer than full", 1 - (LogBytes("standard") / LogBytes("full")), 0.9));
    }

    /// <summary>How long each stage took, from the lines of the requests themselves.</summary>
    private void AddStages(string log, long from)
    {
        using var text = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite) { Position = from });
        var lines = text.ReadToEnd().Split('\n')[1..^1].Where(line => line.Contains(TelemetryNames.Events.RequestCompleted, StringComparison.Ordinal)).Select(line => JsonNode.Parse(line)!).ToList();
        foreach (var (stage, field) in TelemetryNames.Facts.StepSeconds.OrderBy(step => step.Key, StringComparer.Ordinal))
        {
            double[] seconds = [.. lines.Select(line => (double?)line[field]).OfType<double>().Order()];
            if (seconds.Length == 0)
            {
                continue; // a quick run may have ended before a line was written
            }

            report.Figures.Add(new(stage, "stage", 1, 1e6 * seconds[seconds.Length / 2], 1e6 * seconds[seconds.Length * 99 / 100], double.NaN));
        }
    }

    private ServerProcess Start(string service, string level, params string[] arguments)
    {
        string[] telemetry = level switch
        {
            "off" => ["--Telemetry:Level=Basic", "--Logging:LogLevel:Default=None"],
            "full, own" => ["--Telemetry:Level=Full", "--Logging:LogLevel:MlAspire=Debug"], // what a verbose rule would have written, of every request
            "full" => ["--Telemetry:Level=Full", .. Categories.Select(category => $"--Logging:LogLevel:{category}=Debug")],
            _ => [$"--Telemetry:Level={level}"],
        };
        var directory = Path.Combine(setting.Service, service);
        return ServerProcess.Start(
            [Path.Combine(directory, $"MlAspire.{service}"), "--urls=http://127.0.0.1:PORT", "--Logging:Format=json", .. telemetry, .. arguments], directory,
            new Dictionary<string, string> { ["GRPC_PORT"] = "0" }, Path.Combine(setting.Output, $"{service}-{level}.log"), Live);
    }

    private static byte[] PredictRequest() => Post(
        $"/v1/models/flight-delay/predict?version={Version}", "application/json",
        """{"entities":{"origin":["ATL"],"destination":["LGA"]},"inputs":{"distance_miles":[761],"departure":["2001-02-24T14:30:00-05:00"]}}"""u8);

    private static byte[] FeatureRequest()
    {
        Column[] columns = [new TextColumn("entities.origin", ["ATL"]), new TextColumn("entities.destination", ["LGA"]), new TimeColumn("event_times", [new DateTimeOffset(2001, 2, 24, 14, 30, 0, TimeSpan.FromHours(-5))])];
        return Post("/v1/features/online", Column.ContentType, ColumnsWriter.Write("""{"feature_service":"flight_delay"}"""u8, 1, columns), $"Accept: {Column.ContentType}\r\n");
    }

    private static byte[] InferRequest(PipelineDefinition pipeline)
    {
        var (body, headerBytes) = InferenceMessage.Write(pipeline, new float[pipeline.Columns.Count], 1);
        return Post($"/v2/models/flight-delay/versions/{Version}/infer", "application/octet-stream", body, $"{InferenceMessage.HeaderLength}: {headerBytes}\r\n");
    }

    private static byte[] Post(string path, string type, ReadOnlySpan<byte> body, string header = "") =>
        [.. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: {type}\r\n{header}Content-Length: {body.Length}\r\n\r\n"), .. body];

    /// <param name="Cpu">Of the server's process, in microseconds a request.</param>
    /// <param name="LogBytes">Written a request.</param>
    private sealed record Use(Measured Load, double Cpu, double LogBytes);
}
