using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace MlAspire.LocalFeed.OpenTelemetry.Instrumentation.Runtime.Tests;

public sealed class RuntimeMeterTests
{
    [Fact]
    public void Metrics_of_the_runtime_are_collected()
    {
        var names = new Names();
        using var provider = Sdk.CreateMeterProviderBuilder().AddRuntimeInstrumentation(_ => { }).AddReader(new BaseExportingMetricReader(names)).Build();

        provider.ForceFlush();

        Assert.Superset(new HashSet<string> { "dotnet.gc.collections", "dotnet.process.memory.working_set", "dotnet.thread_pool.thread.count" }, names.Seen);
    }

    private sealed class Names : BaseExporter<Metric>
    {
        public HashSet<string> Seen { get; } = [];

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                Seen.Add(metric.Name);
            }

            return ExportResult.Success;
        }
    }
}
