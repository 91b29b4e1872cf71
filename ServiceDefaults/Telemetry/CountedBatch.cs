using OpenTelemetry;

namespace MlAspire.ServiceDefaults.Telemetry;

/// <summary>OpenTelemetry's batch processor before an exporter, with every item counted that it takes or that finds it full.</summary>
internal sealed class CountedBatch<T> : CompositeProcessor<T>
    where T : class
{
    private readonly CountedExporter<T> counted;
    private readonly BaseProcessor<T> batch;

    private CountedBatch(BaseExporter<T> exporter, CountedExporter<T> counted, BaseProcessor<T> batch)
        : base([batch, new Owner(exporter)]) => (this.counted, this.batch) = (counted, batch);

    /// <param name="batch">Makes the batch processor before the exporter that it is given.</param>
    public static CountedBatch<T> Of(BaseExporter<T> exporter, BatchExportProcessorOptions<T> options, SinkFlow flow, Func<BaseExporter<T>, BaseProcessor<T>> batch)
    {
        var counted = new CountedExporter<T>(exporter, options.MaxQueueSize, flow);
        return new CountedBatch<T>(exporter, counted, batch(counted));
    }

    public override void OnEnd(T data)
    {
        if (counted.TryEnter())
        {
            batch.OnEnd(data);
        }
    }

    /// <summary>Tells the exporter whose telemetry it is, which the SDK does for the exporter of a processor alone.</summary>
    private sealed class Owner(BaseExporter<T> exporter) : BaseExportProcessor<T>(exporter)
    {
        protected override void OnExport(T data)
        {
        }
    }
}
