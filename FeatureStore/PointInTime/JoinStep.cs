using System.Buffers;
using System.Runtime.InteropServices;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>Some rows in the order of time, and the events between them: enough that every view can be walked through by itself.</summary>
/// <param name="sources">How many there are.</param>
/// <param name="combinations">Of entity columns that views look up.</param>
/// <param name="inputs">Of transforms, in the spine.</param>
internal sealed class JoinStep(int sources, int combinations, int features, int inputs)
{
    private const int MaxEventBytes = 1 << 22;
    private readonly ArrayBufferWriter<byte>[] events = [.. Enumerable.Range(0, sources).Select(_ => new ArrayBufferWriter<byte>())];

    public JoinedRows Rows { get; } = new(features);

    /// <summary>Number of the entity, shape [combinations, rows].</summary>
    public int[][] Entities { get; } = [.. Enumerable.Range(0, combinations).Select(_ => new int[JoinedRows.MaxCount])];

    /// <summary>What transforms take of the spine, shape [inputs, rows]; NaN = null.</summary>
    public double[][] Inputs { get; } = [.. Enumerable.Range(0, inputs).Select(_ => new double[JoinedRows.MaxCount])];

    public bool IsEmpty => Rows.Count == 0 && Array.TrueForAll(events, source => source.WrittenCount == 0);

    public bool IsFull => Rows.IsFull || Array.Exists(events, source => source.WrittenCount >= MaxEventBytes);

    public void Clear()
    {
        Rows.Clear();
        Array.ForEach(events, source => source.ResetWrittenCount());
    }

    /// <summary>Adds an event, which the rows that are added later see.</summary>
    public void AddEvent(in SortedRecord happened)
    {
        var source = events[LoggedEvents.SourceOf(happened.Bytes.Span)];
        var head = new EventHead(happened.First, Rows.Count, happened.Bytes.Length);
        source.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<EventHead>(in head)));
        source.Write(happened.Bytes.Span);
    }

    /// <summary>The events of one source in the order of time.</summary>
    public StepEvents Events(int source) => new(events[source].WrittenMemory);
}

/// <param name="Row">First row that sees it.</param>
/// <param name="Length">Of its bytes, which follow.</param>
internal readonly record struct EventHead(long Ticks, int Row, int Length);
