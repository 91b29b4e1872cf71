using MlAspire.Benchmarks;
using MlAspire.Benchmarks.Baselines;
using MlAspire.Benchmarks.Features;

switch (args)
{
    case ["floor", var url]:
        FloorServer.Build(url).Run();
        return 0;
    case ["collector", var url]:
        Collector.Build(url).Run();
        return 0;
    case ["inference", var service, var models, var node, var output, .. var rest] when new BenchSetting(service, models, node, output) { Rows = InferenceBench.Rows }.With(rest) is { } setting:
        return await new InferenceBench(setting).RunAsync() ? 0 : 1;
    case ["gateway", var services, var models, var output, .. var rest] when new BenchSetting(services, models, "", output).With(rest) is { } setting:
        var audit = await new AuditBench(output, setting.Rounds).RunAsync();
        return await new GatewayBench(setting).RunAsync() && audit ? 0 : 1;
    case ["join", var output, .. var rest] when rest is [] or ["--quick"]:
        return new JoinBench(output, rounds: rest is [] ? 3 : 1, rows: rest is [] ? 1_000_000 : 20_000).Run() ? 0 : 1;
    case ["features", var service, var node, var output, .. var rest] when new BenchSetting(service, "", node, output) { Rows = FeaturesBench.Rows }.With(rest) is { } setting:
        return await new FeaturesBench(setting).RunAsync() ? 0 : 1;
    default:
        Console.Error.WriteLine($"""
            usage: ./mlaspire bench inference|features [--quick] [--rounds N] [--rows ROW[,ROW...]]
                   ./mlaspire bench gateway [--quick] [--rounds N]
                   ./mlaspire bench join [--quick]
            rows of inference: {string.Join(' ', InferenceBench.Rows)}
            rows of features: {string.Join(' ', FeaturesBench.Rows)}
            """);
        return 2;
}
