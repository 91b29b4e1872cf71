using MlAspire.Benchmarks;
using MlAspire.Benchmarks.Baselines;

switch (args)
{
    case ["floor", var url]:
        FloorServer.Build(url).Run();
        return 0;
    case ["inference", var service, var models, var node, var output, .. var rest] when rest is [] or ["--quick"]:
        var setting = new BenchSetting(service, models, node, output, Quick: rest.Length > 0);
        return await new InferenceBench(setting).RunAsync() ? 0 : 1;
    default:
        Console.Error.WriteLine("usage: ./mlaspire bench inference [--quick]");
        return 2;
}
