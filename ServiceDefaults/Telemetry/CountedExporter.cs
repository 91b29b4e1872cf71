using OpenTelemetry;

namespace MlAspire.ServiceDefaults.Telemetry;

/// <summary>An exporter that counts what reached the collector and what did not, and how many items wait for it: at most as many as the batch before it holds, so that this one, which would not tell what it drops, is never full. Thread-safe.</summary>
internal sealed class CountedExporter<T> : BaseExporter<T>
    where T : class
{
    private readonly BaseExporter<T> exporter;
    private readonly int capacity;
    private readonly SinkFlow flow;
    private int waiting;

    /// <param name="capacity">That of the batch, in items.</param>
    public CountedExporter(BaseExporter<T> exporter, int capacity, SinkFlow flow)
    {
        (this.exporter, this.capacity, this.flow) = (exporter, capacity, flow);
        flow.Waits(() => Volatile.Read(ref waiting));
    }

    /// <summary>Takes a place in the batch; false when there is none, which is counted.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref waiting) <= capacity)
        {
            return true;
        }

        Interlocked.Decrement(ref waiting);
        flow.Dropped("queue_full");
        return false;
    }

    public override ExportResult Export(in Batch<T> batch)
    {
        var items = batch.Count; // it is empty afterwards
        var result = exporter.Export(batch);
        if (result == ExportResult.Success)
        {
            flow.Exported(items);
        }
        else
        {
            flow.Dropped("export_failed", items);
        }

        Interlocked.Add(ref waiting, -(int)items);
        return result;
    }

    protected override bool OnForceFlush(int timeoutMilliseconds) => exporter.ForceFlush(timeoutMilliseconds);

    protected override bool OnShutdown(int timeoutMilliseconds) => exporter.Shutdown(timeoutMilliseconds);
}
