namespace MlAspire.Inference.Api.Batching;

/// <summary>The waiting requests of one model: by priority, within a priority in the order of arrival, and behind those of a priority the ones whose time-out has delayed them. Not thread-safe.</summary>
internal sealed class RequestQueue(int levels)
{
    private readonly LinkedList<PendingRun>[] lists = [.. Enumerable.Range(0, levels * 2).Select(_ => new LinkedList<PendingRun>())];

    public int Count { get; private set; }

    /// <param name="level">In [0, levels).</param>
    public int CountOf(int level) => lists[level * 2].Count + lists[(level * 2) + 1].Count;

    public void Add(PendingRun pending) => Add(pending, pending.Level * 2);

    /// <summary>Takes a request out; false when it no longer waits.</summary>
    public bool Remove(PendingRun pending)
    {
        if (pending.Place is not { List: { } list } place)
        {
            return false;
        }

        list.Remove(place);
        pending.Place = null;
        Count--;
        return true;
    }

    /// <summary>Puts a waiting request behind all others of its level; nothing when it no longer waits.</summary>
    public void Delay(PendingRun pending)
    {
        if (Remove(pending))
        {
            Add(pending, (pending.Level * 2) + 1);
        }
    }

    /// <summary>The first request and those behind it that can join it, at most <paramref name="max"/>; not empty when something waits.</summary>
    /// <param name="others">One that cannot join it waits among them.</param>
    public List<PendingRun> Candidates(int max, out bool others)
    {
        var candidates = new List<PendingRun>();
        others = false;
        foreach (var list in lists)
        {
            for (var node = list.First; node is not null && candidates.Count < max; node = node.Next)
            {
                if (candidates.Count == 0 || node.Value.CanJoin(candidates[0]))
                {
                    candidates.Add(node.Value);
                }
                else
                {
                    others = true;
                }
            }
        }

        return candidates;
    }

    private void Add(PendingRun pending, int list)
    {
        pending.Place = lists[list].AddLast(pending);
        Count++;
    }
}
