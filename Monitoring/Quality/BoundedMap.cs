using System.Diagnostics.CodeAnalysis;

namespace MlAspire.Monitoring.Quality;

/// <summary>A map of at most <paramref name="capacity"/> keys; a new key beyond that pushes out the one that came first.</summary>
/// <remarks>Not thread-safe. All operations O(1) amortised.</remarks>
internal sealed class BoundedMap<TValue>(int capacity)
{
    private readonly Dictionary<string, (TValue Value, long Turn)> values = [];
    private readonly Queue<(string Key, long Turn)> order = [];
    private long turn;

    public int Count => values.Count;

    public bool TryGet(string key, [MaybeNullWhen(false)] out TValue value)
    {
        var found = values.TryGetValue(key, out var entry);
        value = entry.Value;
        return found;
    }

    /// <summary>Sets the value; a known key keeps its place in the order. Returns whether another key was pushed out.</summary>
    public bool Set(string key, TValue value)
    {
        if (values.TryGetValue(key, out var known))
        {
            values[key] = (value, known.Turn);
            return false;
        }

        var full = values.Count == capacity;
        if (full)
        {
            RemoveOldest();
        }

        values.Add(key, (value, turn));
        order.Enqueue((key, turn++));
        return full;
    }

    public bool Remove(string key)
    {
        // The key's turn stays queued; it is skipped when it comes up. Compaction keeps the queue within twice the capacity.
        var removed = values.Remove(key);
        if (removed && order.Count > 2 * capacity)
        {
            var live = order.Where(IsLive).ToArray();
            order.Clear();
            Array.ForEach(live, order.Enqueue);
        }

        return removed;
    }

    private void RemoveOldest()
    {
        var next = order.Dequeue();
        while (!IsLive(next))
        {
            next = order.Dequeue();
        }

        values.Remove(next.Key);
    }

    private bool IsLive((string Key, long Turn) entry) => values.TryGetValue(entry.Key, out var value) && value.Turn == entry.Turn;
}
