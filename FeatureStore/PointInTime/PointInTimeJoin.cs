using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>What the online store would have answered at each moment of a spine: events and rows are walked through in the order of time, and a row sees the events strictly before its moment, and of row views also those at it.</summary>
/// <remarks>
/// In memory are the tiles of the views' retention and the newest row of each entity, as in Redis, and <see cref="SortBytes"/> of each of three sorts, whatever the sizes of spine and log.
/// All cores work: logged rows are read by several, and the views walk through a step of the way each by itself, while the step before is written. Used once, by one thread.
/// </remarks>
internal sealed class PointInTimeJoin : IDisposable
{
    public const int SortBytes = 128 * 1024 * 1024;

    private readonly ServiceAggregation service;
    private readonly LoggedEvents[] sources;
    private readonly EntityNumbers entities = new();
    private readonly int[][] combinations;
    private readonly IJoinedView[] views;
    private readonly Queue<Task<EncodedEvents>> encoding = new();
    private readonly Stack<EncodedEvents> spare = new();
    private readonly ExternalSort spine;
    private readonly ExternalSort events;
    private readonly ExternalSort joined;
    private readonly TimeSpan reach;
    private byte[] encoded = new byte[256];
    private (long First, long Last) moments = (long.MaxValue, long.MinValue);

    /// <param name="folder">For temporary files.</param>
    /// <param name="sortBytes">In memory, of each sort.</param>
    public PointInTimeJoin(FeatureRegistry registry, ServiceAggregation service, string folder, int sortBytes = SortBytes)
    {
        this.service = service;
        FeatureView[] asked = [.. service.Service.Views.Select(part => part.View).Distinct()];
        FeatureView[][] kinds = [[.. asked.OfType<AggregateView>()], [.. asked.OfType<RowView>()]]; // an event has its place in each
        sources = [.. new PushTargets(registry, new RedisKeys(registry)).All.SelectMany(target => kinds, (target, views) => (target, views)).Select((part, index) => new LoggedEvents(index, part.target, entities, part.views.Contains))];
        combinations = [.. service.Views.Select(part => part.EntityColumns).Concat(service.Rows.Select(part => part.EntityColumns)).DistinctBy(columns => string.Join(',', columns)).Select(columns => columns.ToArray())];
        views = [.. asked.Select(Joined)];
        (spine, events, joined) = (new(sortBytes, folder), new(sortBytes, folder), new(sortBytes, folder));
        reach = registry.Views.Max(view => view.Retention) + TimeSpan.FromDays(1);
    }

    public long Rows => spine.Count;

    // A row of the spine: i32 minutes of the offset | i32 each entity | f64 each input of transforms | the record.
    private int InputsAt => sizeof(int) * (1 + combinations.Length);

    private int HeadBytes => InputsAt + sizeof(double) * service.InputColumns.Length;

    /// <summary>The values that are no numbers, which rows have the numbers of.</summary>
    public JoinedTexts Texts { get; } = new();

    /// <summary>Those that rows can see, of the logged rows that were added and are read.</summary>
    public long Events => events.Count;

    /// <summary>Adds a row of the spine; all of them before the first event.</summary>
    public void Add(in SpineRow row)
    {
        var ticks = row.Moment.UtcTicks;
        moments = (Math.Min(moments.First, ticks), Math.Max(moments.Last, ticks));
        var most = HeadBytes + Encoding.UTF8.GetMaxByteCount(row.Record.Length);
        if (most > encoded.Length)
        {
            encoded = new byte[most];
        }
        var head = MemoryMarshal.Cast<byte, int>(encoded.AsSpan(0, InputsAt));
        head[0] = row.Moment.TotalOffsetMinutes;
        Span<int> values = stackalloc int[row.Entities.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = entities.Of(row.Entities[i].Span);
        }
        for (var i = 0; i < combinations.Length; i++)
        {
            head[1 + i] = entities.Of(values, combinations[i]);
        }
        MemoryMarshal.AsBytes<double>(row.Inputs).CopyTo(encoded.AsSpan(InputsAt));
        spine.Add(ticks, row.Index, encoded.AsSpan(0, HeadBytes + Encoding.UTF8.GetBytes(row.Record.Span, encoded.AsSpan(HeadBytes))));
    }

    /// <summary>Adds logged rows; those that no row of the spine can see are left out.</summary>
    /// <exception cref="InvalidDataException">These or some that were added before lack a key, or what an aggregate counts, of a view of the service.</exception>
    public void Add(AppliedRows applied)
    {
        foreach (var source in sources.Where(known => known.Target.Source.Name == applied.Rows.Source && !known.IsIdle)) // else no view that is asked for reads it
        {
            if (encoding.Count == 2 * Environment.ProcessorCount)
            {
                AddEncoded();
            }
            var seen = spare.TryPop(out var used) ? used : new EncodedEvents();
            encoding.Enqueue(Task.Run(() => Encode(source, applied, seen)));
        }
    }

    /// <summary>The rows with their features, in the order of the spine. What is returned is overwritten when more are asked for.</summary>
    public IEnumerable<JoinedRows> Join()
    {
        while (encoding.Count > 0)
        {
            AddEncoded();
        }
        if (spine.WasSorted)
        {
            return Walk();
        }
        foreach (var rows in Walk())
        {
            for (var row = 0; row < rows.Count; row++)
            {
                rows.AddTo(joined, row);
            }
        }
        return Restored();
    }

    public void Dispose()
    {
        spine.Dispose();
        events.Dispose();
        joined.Dispose();
    }

    private EncodedEvents Encode(LoggedEvents source, AppliedRows applied, EncodedEvents seen)
    {
        var logged = applied.Rows;
        var fields = source.Target.Source.Fields;
        if (Enumerable.Range(0, fields.Count).Where(field => source.Needs(field) && !logged.Has(source.Target, field)).Select(field => fields[field]).FirstOrDefault() is { } missing)
        {
            throw new InvalidDataException($"The logged rows from sequence {logged.Sequence} on do not have the {FieldTypes.Name(missing.Type)} '{missing.Name}' of the source '{logged.Source}', which a view of the service needs.");
        }
        var (reader, values) = (logged.Read(source.Target), new FieldValue[fields.Count]);
        var row = 0;
        foreach (var range in applied.New)
        {
            for (; row < range.Start.Value; row++)
            {
                reader.Read(values);
            }
            for (; row < range.End.Value; row++)
            {
                var ticks = reader.Read(values);
                var place = source.Place(ticks);
                if (place >= moments.Last || ticks < moments.First - reach.Ticks)
                {
                    continue;
                }
                source.Encode(new DateTimeOffset(ticks, TimeSpan.Zero), values, seen.Bytes);
                seen.Ends.Add((place, logged.Sequence + row, seen.Bytes.WrittenCount));
            }
        }
        return seen;
    }

    private void AddEncoded()
    {
        var seen = encoding.Dequeue().GetAwaiter().GetResult();
        var start = 0;
        foreach (var (ticks, sequence, end) in seen.Ends)
        {
            events.Add(ticks, sequence, seen.Bytes.WrittenSpan[start..end]);
            start = end;
        }
        seen.Clear();
        spare.Push(seen);
    }

    /// <summary>One step is filled and one computed while whoever asked has the one before.</summary>
    private IEnumerable<JoinedRows> Walk()
    {
        using var timeline = new Timeline(spine.Sorted(), events.Sorted());
        var (filled, computed, done) = (NewStep(), NewStep(), NewStep());
        var running = Task.CompletedTask;
        try
        {
            for (timeline.Fill(filled, AddRow); !filled.IsEmpty; running.GetAwaiter().GetResult())
            {
                (filled, computed, done) = (done, filled, computed);
                var (next, now) = (filled, computed);
                running = Task.WhenAll([.. views.Select(view => Task.Run(() => view.Walk(now))), Task.Run(() => timeline.Fill(next, AddRow))]);
                if (done.Rows.Count > 0)
                {
                    yield return Transformed(done);
                }
            }
        }
        finally
        {
            Task.WhenAny(running).Wait(); // it reads what is disposed next
        }
        yield return Transformed(computed);
    }

    private JoinStep NewStep() => new(sources.Length, combinations.Length, service.FeatureNames.Length, service.InputColumns.Length);

    private void AddRow(JoinStep step, in SortedRecord row)
    {
        var head = MemoryMarshal.Cast<byte, int>(row.Bytes.Span[..InputsAt]);
        for (var i = 0; i < combinations.Length; i++)
        {
            step.Entities[i][step.Rows.Count] = head[1 + i];
        }
        var inputs = MemoryMarshal.Cast<byte, double>(row.Bytes.Span[InputsAt..HeadBytes]);
        for (var i = 0; i < inputs.Length; i++)
        {
            step.Inputs[i][step.Rows.Count] = inputs[i];
        }
        step.Rows.Add(row.Second, new DateTimeOffset(row.First, TimeSpan.Zero).ToOffset(TimeSpan.FromMinutes(head[0])), row.Bytes.Span[HeadBytes..]);
    }

    private JoinedRows Transformed(JoinStep step)
    {
        var rows = step.Rows;
        if (service.Service.Transforms.Count == 0)
        {
            return rows;
        }
        Span<double> values = stackalloc double[service.FeatureNames.Length + service.InputColumns.Length];
        for (var row = 0; row < rows.Count; row++)
        {
            for (var i = 0; i < service.FirstTransform; i++)
            {
                values[i] = rows.Values[i][row];
            }
            for (var i = 0; i < step.Inputs.Length; i++)
            {
                values[service.FeatureNames.Length + i] = step.Inputs[i][row];
            }
            service.Transform(rows.Moments[row], values);
            for (var i = service.FirstTransform; i < rows.Values.Length; i++)
            {
                rows.Values[i][row] = values[i];
            }
        }
        return rows;
    }

    private IEnumerable<JoinedRows> Restored()
    {
        var rows = new JoinedRows(service.FeatureNames.Length);
        foreach (var row in joined.Sorted())
        {
            rows.Add(row);
            if (!rows.IsFull)
            {
                continue;
            }
            yield return rows;
            rows.Clear();
        }
        if (rows.Count > 0)
        {
            yield return rows;
        }
    }

    private IJoinedView Joined(FeatureView view)
    {
        if (view is AggregateView tiled)
        {
            var source = Array.FindIndex(sources, known => known.OffsetOf(tiled) >= 0);
            return new JoinedTiles(tiled, source, sources[source].OffsetOf(tiled), [.. service.Views.Where(part => part.View == view).Select(part => (part, Combination(part.EntityColumns)))]);
        }
        return new JoinedRowView((RowView)view, Texts, [.. sources.Index().Where(known => known.Item.SlotOf((RowView)view) >= 0).Select(known => (known.Item, known.Index, known.Item.SlotOf((RowView)view)))],
            [.. service.Rows.Where(part => part.View == view).Select(part => (part, Combination(part.EntityColumns)))]);
    }

    private int Combination(IReadOnlyList<int> columns) => Array.FindIndex(combinations, known => known.SequenceEqual(columns));

    private sealed class EncodedEvents
    {
        public ArrayBufferWriter<byte> Bytes { get; } = new();

        /// <summary>Of each event: its place in UTC ticks, its sequence, and where its bytes end.</summary>
        public List<(long Ticks, long Sequence, int End)> Ends { get; } = [];

        public void Clear()
        {
            Bytes.ResetWrittenCount();
            Ends.Clear();
        }
    }
}
