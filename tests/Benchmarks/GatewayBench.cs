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

    private const string Off = "off";
    private const string OffAgain = "off, again"; // what two gateways differ by that are the same
    private const string Standard = "standard";
    private const string FullOwn = "full, own";
    private const string Full = "full";

    private static readonly string[] Levels = [Off, OffAgain, Standard, FullOwn, Full];

    // Every one of which our services set a level of their own (ServiceDefaults/Logging/LoggingExtensions.cs).
    private static readonly string[] Categories = ["Default", "Microsoft", "Microsoft.AspNetCore.Hosting.Diagnostics", "System", "Polly", "Yarp"];

    private static readonly byte[] Live = "GET /health/live HTTP/1.1\r\nHost: bench\r\n\r\n"u8.ToArray();

    private readonly BenchReport report = new();

    /// <returns>True when every bar holds.</returns>
    public async Task<bool> RunAsync()
    {
        await using var redis = await RedisServer.StartAsync();
        var folder = Directory.CreateTempSubdirectory("mlaspire-bench-");
        using var collector = Collector.Start(setting);
        using var store = Start(collector, "FeatureStore", Standard, $"--ConnectionStrings:redis={redis.ConnectionString}");
        using var inference = Start(collector, "Inference.Api", Standard, $"--ModelRepository:Path={setting.Models}");
        var gateways = Levels.ToDictionary(level => level, level => Start(
            collector, "Gateway", level, $"--ConnectionStrings:redis={redis.ConnectionString}", $"--ModelRepository:Path={setting.Models}", $"--Audit:Directory={Path.Combine(folder.FullName, level)}",
            $"--services:feature-store:http:0=http://127.0.0.1:{store.Port}", $"--services:inference:http:0=http://127.0.0.1:{inference.Port}"));
        try
        {
            Measure(store, inference, gateways);
        }
        finally
        {
            gateways.Values.ToList().ForEach(gateway => gateway.Dispose());
            folder.Delete(recursive: true);
        }

        report.Write(Console.Out, Path.Combine(setting.Output, "gateway.json"));
        return report.Holds;
    }

    private void Measure(ServerProcess store, ServerProcess inference, Dictionary<string, ServerProcess> gateways)
    {
        var infer = InferRequest(PipelineFile.Read(Path.Combine(setting.Models, "flight-delay", PipelineFile.Name)));
        var named = gateways.ToDictionary(each => each.Key, each => new Asked(Gateway(each.Key), each.Value, PredictRequest()));
        Asked[] measured = [new("feature read", store, FeatureRequest()), new("infer", inference, infer), .. named.Values];
        foreach (var (name, server, request) in measured)
        {
            Console.Error.WriteLine($"gateway: warming up: {name}");
            WarmUp.Run(server, request, 4, setting);
        }

        var warm = gateways[Standard].LogBytes;
        AddTelemetry(Take("telemetry on and off", [.. ((string[])[Off, OffAgain, Standard]).Select(level => named[level] with { Name = Telemetry(level) })]));
        AddOthers(Take("detail", [.. measured[..2], named[Standard], named[FullOwn], named[Full]]));
        AddStages(gateways[Standard].Log, warm);
    }

    /// <summary>Asks several servers in turns, for as many rounds as the setting says.</summary>
    private Dictionary<string, List<Use>> Take(string what, Asked[] measured)
    {
        var uses = measured.ToDictionary(each => each.Name, _ => new List<Use>());
        for (var round = 1; round <= setting.Rounds; round++)
        {
            Console.Error.WriteLine($"gateway: {what}: round {round} of {setting.Rounds}");
            var before = measured.Select(each => (each.Server.Cpu, each.Server.LogBytes)).ToArray();
            var loads = AlternatingLoop.Run([.. measured.Select(each => (each.Server.Port, each.Request))], 5 * measured.Length * setting.Slice);
            foreach (var ((name, server, _), (cpu, log), load) in measured.Zip(before, loads))
            {
                uses[name].Add(new(load, (server.Cpu - cpu).TotalMicroseconds / load.Latencies.Length, (server.LogBytes - log) / (double)load.Latencies.Length));
            }
        }

        return uses;
    }

    private void AddTelemetry(Dictionary<string, List<Use>> uses)
    {
        var (on, off, again) = (uses[Telemetry(Standard)], uses[Telemetry(Off)], uses[Telemetry(OffAgain)]);
        double[] more = [.. on.Zip(off, again).Select(round => P50(round.First) - ((P50(round.Second) + P50(round.Third)) / 2)).Order()];
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            gateway: p50 that standard takes more than off, by round: {string.Join(' ', more.Select(each => $"{each:0}"))} us
            gateway: p50 that a second gateway that is off takes more than the first, by round: {string.Join(' ', again.Zip(off, (second, first) => P50(second) - P50(first)).Order().Select(each => $"{each:0}"))} us
            gateway: CPU a request: off {Rounds.Median(off.Select(use => use.Cpu)):0} and {Rounds.Median(again.Select(use => use.Cpu)):0} us, standard {Rounds.Median(on.Select(use => use.Cpu)):0} us
            """));
        report.Bars.Add(Bar.Most("telemetry standard / off: CPU a request", Rounds.Median(on.Zip(off, again).Select(round => 2 * round.First.Cpu / (round.Second.Cpu + round.Third.Cpu))), 1.15));
        report.Bars.Add(Bar.Most("telemetry standard - off: p50", Rounds.Median(more), 15, " us"));
        AddFigures(uses);
    }

    private void AddOthers(Dictionary<string, List<Use>> uses)
    {
        double Median(string name, Func<Use, double> value) => Rounds.Median(uses[name].Select(value));
        double LogBytes(string level) => Median(Gateway(level), use => use.LogBytes);

        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            gateway: p50 / (feature read + infer, called directly): {Median(Gateway(Standard), P50) / (Median("feature read", P50) + Median("infer", P50)):0.00}
            gateway: CPU a request: standard {Median(Gateway(Standard), use => use.Cpu):0} us, full {Median(Gateway(Full), use => use.Cpu):0} us
            gateway: log a request: standard {LogBytes(Standard):0} B, full {LogBytes(Full):0} B, full of our own categories alone {LogBytes(FullOwn):0} B
            gateway: log bytes that standard writes fewer than full of our own categories alone: {1 - (LogBytes(Standard) / LogBytes(FullOwn)):0.00}
            """));
        report.Bars.Add(Bar.Least("log bytes that standard writes fewer than full", 1 - (LogBytes(Standard) / LogBytes(Full)), 0.9));
        AddFigures(uses);
    }

    /// <summary>Names a gateway's figures beside those of the calls.</summary>
    private static string Gateway(string level) => $"gateway, {level}";

    /// <summary>Names its figures beside a gateway's that is off.</summary>
    private static string Telemetry(string level) => $"telemetry, {level}";

    private static double P50(Use use) => use.Load.Microseconds(0.5);

    private void AddFigures(Dictionary<string, List<Use>> uses)
    {
        foreach (var (name, rounds) in uses)
        {
            report.Figures.Add(Rounds.Figure(name, "mlaspire", 1, [.. rounds.Select(round => round.Load)]));
        }
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

    private ServerProcess Start(Collector collector, string service, string level, params string[] arguments)
    {
        string[] telemetry = level switch
        {
            Off or OffAgain => ["--Telemetry:Level=Basic", "--Logging:LogLevel:Default=None", "--OTEL_EXPORTER_OTLP_ENDPOINT="],
            FullOwn => ["--Telemetry:Level=Full", "--Logging:LogLevel:MlAspire=Debug"], // what a verbose rule would have written, of every request
            Full => ["--Telemetry:Level=Full", .. Categories.Select(category => $"--Logging:LogLevel:{category}=Debug")],
            _ => [],
        };
        var directory = Path.Combine(setting.Service, service);
        return ServerProcess.Start(
            [Path.Combine(directory, $"MlAspire.{service}"), "--urls=http://127.0.0.1:PORT", "--Logging:Format=json", .. telemetry, .. arguments], directory,
            new Dictionary<string, string>(collector.Environment) { ["GRPC_PORT"] = "0" }, Path.Combine(setting.Output, $"{service}-{level}.log"), Live);
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

    private sealed record Asked(string Name, ServerProcess Server, byte[] Request);

    /// <param name="Cpu">Of the server's process, in microseconds a request.</param>
    /// <param name="LogBytes">Written a request.</param>
    private sealed record Use(Measured Load, double Cpu, double LogBytes);
}
