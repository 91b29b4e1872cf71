using System.Runtime.InteropServices;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Quarantine;

namespace MlAspire.FeatureStore.Offline;

/// <summary>The rows of one push as the log holds them. They name their columns themselves, so that they outlive changes of the registry.</summary>
/// <param name="Sequence">Number of the first row in its log; row i has this plus i.</param>
/// <param name="AppendedAt">When they were logged.</param>
/// <param name="Offsets">The producer's; of a push without one the log itself is the producer, and <paramref name="Sequence"/> the offset.</param>
/// <param name="Source">Name of the push source.</param>
/// <param name="Columns">The rows, in the bytes of the log.</param>
internal sealed record LoggedRows(long Sequence, DateTimeOffset AppendedAt, Offsets Offsets, string Source, LogColumns Columns)
{
    public int Count => Columns.Count;

    /// <summary>Whether a field of the target's source, as it is defined now, is in the columns with its type.</summary>
    public bool Has(PushTarget target, int field) => At(target, field) >= 0;

    /// <summary>A reader of the rows in the shape of the source as it is defined now; a field that they lack is null.</summary>
    public LogColumnsReader Read(PushTarget target) =>
        new(Columns, [.. Enumerable.Range(0, target.Source.Fields.Count).Select(field => new LogColumn(At(target, field), target.IsValue(field)))]);

    /// <summary>What named the events when they were logged; null = nothing did.</summary>
    public LoggedEventId? EventId { get; init; }

    /// <summary>The rows in the shape of the source as it is defined now, for those of its views that can be made of the fields that they have.</summary>
    public PushedRows As(PushTarget target)
    {
        var (reader, times, values, fields) = (Read(target), new DateTimeOffset[Count], new FieldValue[Count * target.Source.Fields.Count], target.Source.Fields.Count);
        var idle = new List<int>();
        for (var row = 0; row < Count; row++)
        {
            var ticks = reader.Read(values.AsSpan(row * fields, fields));
            if (ticks == LogColumnsReader.Idle)
            {
                idle.Add(row);
            }
            else
            {
                times[row] = new DateTimeOffset(ticks, TimeSpan.Zero);
            }
        }
        var rows = new PushedRows(target.Without(field => !Has(target, field)), times, values, Offsets) { EventIds = EventIds(), SetAside = SetAside() };
        return idle.Count == 0 ? rows : rows.WithIdle(idle);
    }

    /// <summary>Event times in UTC ticks, <see cref="LogColumnsReader.Idle"/> of rows that change nothing.</summary>
    public ReadOnlySpan<long> Ticks => MemoryMarshal.Cast<byte, long>(Columns.Bytes.AsSpan(Columns.Start, Count * sizeof(long)));

    /// <summary>What names the events; null when nothing does.</summary>
    public EventIds? EventIds()
    {
        if (EventId is not { } id)
        {
            return null;
        }
        var (reader, value, ids) = (new LogColumnsReader(Columns, [new LogColumn(id.Field, IsValue: false)]), new FieldValue[1], new UInt128[Count]);
        for (var row = 0; row < Count; row++)
        {
            if (reader.Read(value) != LogColumnsReader.Idle)
            {
                ids[row] = Ingest.EventIds.Hash(value[0]);
            }
        }
        return new EventIds(ids, id.KnownSince);
    }

    private Dictionary<int, QuarantineEntry> SetAside()
    {
        var aside = new Dictionary<int, QuarantineEntry>();
        var column = Array.FindIndex(Columns.Fields, field => field.Name == LogFrame.QuarantineColumn);
        if (column < 0)
        {
            return aside;
        }
        var (reader, value) = (new LogColumnsReader(Columns, [new LogColumn(column, IsValue: false)]), new FieldValue[1]);
        for (var row = 0; row < Count; row++)
        {
            reader.Read(value);
            if (value[0].Text.IndexOf(' ', StringComparison.Ordinal) is > 0 and var space)
            {
                aside[row] = new QuarantineEntry(value[0].Text[..space], value[0].Text[(space + 1)..]);
            }
        }
        return aside;
    }

    private int At(PushTarget target, int field) => Array.IndexOf(Columns.Fields, target.Source.Fields[field]);
}

/// <summary>Which field names the event.</summary>
/// <param name="Field">Position in <see cref="LogColumns.Fields"/>.</param>
/// <param name="KnownSince">Earlier events were too old to be known by it when they were pushed.</param>
internal readonly record struct LoggedEventId(int Field, DateTimeOffset KnownSince);
