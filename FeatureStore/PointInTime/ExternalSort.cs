using System.Runtime.InteropServices;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>A record of an <see cref="ExternalSort"/>.</summary>
/// <param name="Bytes">Valid until the next record is asked for.</param>
internal readonly record struct SortedRecord(long First, long Second, ReadOnlyMemory<byte> Bytes);

/// <summary>Sorts any number of records by two numbers, with a bounded number of bytes in memory: full runs are sorted and written to temporary files, which are merged. Used by one thread.</summary>
/// <param name="memoryBytes">Of the records in memory; a single one may be larger.</param>
/// <param name="folder">For the temporary files, which are deleted with this.</param>
internal sealed class ExternalSort(int memoryBytes, string folder) : IDisposable
{
    // As many files are open at once; then they are merged to one.
    private const int MaxRuns = 256;
    private static readonly int EntryBytes = Marshal.SizeOf<Entry>();
    private readonly List<Entry> entries = [];
    private readonly List<string> runs = [];
    private byte[] bytes = new byte[1 << 16];
    private int used;
    private int files;
    private (long, long) last = (long.MinValue, long.MinValue);

    public long Count { get; private set; }

    /// <summary>The records were added in their order.</summary>
    public bool WasSorted { get; private set; } = true;

    /// <param name="head">The record's first bytes.</param>
    /// <param name="rest">Those behind them.</param>
    /// <exception cref="IOException">A temporary file cannot be written.</exception>
    public void Add(long first, long second, ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest = default)
    {
        var length = head.Length + rest.Length;
        if (entries.Count > 0 && used + length + (entries.Count + 1L) * EntryBytes > memoryBytes)
        {
            Spill();
        }
        WasSorted = WasSorted && last.CompareTo((first, second)) <= 0;
        last = (first, second);
        Count++;
        if (used + length > bytes.Length)
        {
            Grow(Math.Max(used + length, (int)Math.Min(bytes.Length * 2L, memoryBytes)));
        }
        head.CopyTo(bytes.AsSpan(used));
        rest.CopyTo(bytes.AsSpan(used + head.Length));
        entries.Add(new Entry(first, second, used, length));
        used += length;
    }

    /// <summary>All records in their order; of two with the same numbers in any.</summary>
    public IEnumerable<SortedRecord> Sorted()
    {
        if (runs.Count == 0)
        {
            return Memory();
        }
        IEnumerable<SortedRecord>[] parts = [.. runs.Select(SortedRun.Read), Memory()];
        return WasSorted ? parts.SelectMany(part => part) : Merge(parts);
    }

    public void Dispose() => runs.ForEach(File.Delete);

    private IEnumerable<SortedRecord> Memory()
    {
        if (!WasSorted)
        {
            entries.Sort();
        }
        foreach (var entry in entries)
        {
            yield return new SortedRecord(entry.First, entry.Second, bytes.AsMemory(entry.Start, entry.Length));
        }
    }

    private void Grow(int length)
    {
        var larger = GC.AllocateUninitializedArray<byte>(length); // what is not written is not touched
        bytes.AsSpan(0, used).CopyTo(larger);
        bytes = larger;
    }

    private void Spill()
    {
        Write(Memory());
        entries.Clear();
        used = 0;
        if (runs.Count < MaxRuns)
        {
            return;
        }
        string[] merged = [.. runs];
        Write(Merge([.. merged.Select(SortedRun.Read)]));
        runs.RemoveRange(0, merged.Length);
        Array.ForEach(merged, File.Delete);
    }

    private void Write(IEnumerable<SortedRecord> records)
    {
        var path = Path.Combine(folder, $"mlaspire-{Environment.ProcessId}-{Guid.NewGuid():n}-{files++}.run");
        runs.Add(path);
        SortedRun.Write(path, records);
    }

    private static IEnumerable<SortedRecord> Merge(IReadOnlyList<IEnumerable<SortedRecord>> parts)
    {
        var open = parts.Select(part => part.GetEnumerator()).ToList();
        try
        {
            var queue = new PriorityQueue<IEnumerator<SortedRecord>, (long, long)>();
            foreach (var part in open.Where(part => part.MoveNext()))
            {
                queue.Enqueue(part, (part.Current.First, part.Current.Second));
            }
            while (queue.TryPeek(out var part, out _))
            {
                yield return part.Current;
                if (part.MoveNext())
                {
                    queue.DequeueEnqueue(part, (part.Current.First, part.Current.Second));
                }
                else
                {
                    queue.Dequeue();
                }
            }
        }
        finally
        {
            open.ForEach(part => part.Dispose());
        }
    }

    private readonly record struct Entry(long First, long Second, int Start, int Length) : IComparable<Entry>
    {
        public int CompareTo(Entry other) => First != other.First ? First.CompareTo(other.First) : Second.CompareTo(other.Second);
    }
}
