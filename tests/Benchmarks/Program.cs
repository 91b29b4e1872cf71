using MlAspire.Benchmarks;
using MlAspire.Benchmarks.Baselines;
using MlAspire.Benchmarks.Features;

switch (args)
{
    case ["floor", var url]:
        FloorServer.Build(url).Run();
        return 0;
    case ["inference", var service, var models, var node, var output, .. var rest] when new BenchSetting(service, models, node, output).With(rest) is { } setting:
        return await new InferenceBench(setting).RunAsync() ? 0 : 1;
    case ["gateway", var services, var models, var output, .. var rest] when !rest.Contains("--rows") && new BenchSetting(services, models, "", output).With(rest) is { } setting:
        var audit = await new AuditBench(output, setting.Rounds).RunAsync();
        return await new GatewayBench(setting).RunAsync() && audit ? 0 : 1;
    case ["join", var output, .. var rest] when rest is [] or ["--quick"]:
        return new JoinBench(output, rounds: rest is [] ? 3 : 1, rows: rest is [] ? 1_000_000 : 20_000).Run() ? 0 : 1;
    case ["features", var service, var node, var output, .. var rest] when !rest.Contains("--rows") && new BenchSetting(service, "", node, output).With(rest) is { } setting:
        return await new FeaturesBench(setting).RunAsync() ? 0 : 1;
    default:
        Console.Error.WriteLine($"usage: ./mlaspire bench inference {BenchSetting.Usage}\nrows: {string.Join(' ', BenchSetting.AllRows)}\n       ./mlaspire bench features|gateway [--quick] [--rounds N]\n       ./mlaspire bench join [--quick]");
        return 2;
}
