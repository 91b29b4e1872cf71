using System.Text;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>How a record goes to a temporary file and comes back.</summary>
internal interface IRecordFormat<T>
{
    void Write(BinaryWriter writer, in T record);

    T Read(BinaryReader reader);
}

/// <summary>Sorts any number of records with a bounded number of them in memory: full runs are sorted and written to temporary files, which are merged. Used by one thread.</summary>
/// <param name="order">A total order: no two records are equal in it.</param>
/// <param name="capacity">Records in memory.</param>
/// <param name="folder">For the temporary files, which are deleted with this.</param>
internal sealed class ExternalSort<T>(IComparer<T> order, IRecordFormat<T> format, int capacity, string folder) : IDisposable
{
    // As many files are open at once; then they are merged to one.
    private const int MaxRuns = 256;
    private const int BufferBytes = 1 << 16;
    private readonly List<T> memory = [];
    private readonly List<string> runs = [];
    private int files;
    private T? last;

    public long Count { get; private set; }

    /// <summary>The records were added in their order.</summary>
    public bool WasSorted { get; private set; } = true;

    /// <exception cref="IOException">A temporary file cannot be written.</exception>
    public void Add(T record)
    {
        WasSorted = WasSorted && (Count == 0 || order.Compare(last!, record) < 0);
        last = record;
        Count++;
        memory.Add(record);
        if (memory.Count < capacity) { return; }
        memory.Sort(order);
        Spill(memory);
        memory.Clear();
        if (runs.Count == MaxRuns) { MergeRuns(); }
    }

    /// <summary>All records in their order.</summary>
    public IEnumerable<T> Sorted()
    {
        memory.Sort(order);
        return runs.Count == 0 ? memory : Merge([.. runs.Select(Read), memory]);
    }

    public void Dispose() => runs.ForEach(File.Delete);

    private void MergeRuns()
    {
        string[] merged = [.. runs];
        Spill(Merge([.. merged.Select(Read)]));
        runs.RemoveRange(0, merged.Length);
        Array.ForEach(merged, File.Delete);
    }

    private void Spill(IEnumerable<T> records)
    {
        var path = Path.Combine(folder, $"mlaspire-{Environment.ProcessId}-{Guid.NewGuid():n}-{files++}.run");
        runs.Add(path);
        using var writer = new BinaryWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes), Encoding.UTF8);
        foreach (var record in records)
        {
            writer.Write(true);
            format.Write(writer, record);
        }
        writer.Write(false);
    }

    private IEnumerable<T> Read(string path)
    {
        using var reader = new BinaryReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes), Encoding.UTF8);
        while (reader.ReadBoolean()) { yield return format.Read(reader); }
    }

    private IEnumerable<T> Merge(IReadOnlyList<IEnumerable<T>> parts)
    {
        var open = parts.Select(part => part.GetEnumerator()).ToList();
        try
        {
            var queue = new PriorityQueue<IEnumerator<T>, T>(order);
            foreach (var part in open.Where(part => part.MoveNext())) { queue.Enqueue(part, part.Current); }
            while (queue.TryPeek(out var part, out var record))
            {
                yield return record;
                if (part.MoveNext()) { queue.DequeueEnqueue(part, part.Current); }
                else { queue.Dequeue(); }
            }
        }
        finally
        {
            open.ForEach(part => part.Dispose());
        }
    }
}
