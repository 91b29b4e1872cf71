namespace MlAspire.Inference.Api.Batching;

/// <summary>The waiting requests of one model: by priority, within a priority in the order of arrival, and behind all of them those whose time-out has delayed them. Not thread-safe.</summary>
internal sealed class RequestQueue(int levels)
{
    private readonly LinkedList<PendingRun>[] lists = [.. Enumerable.Range(0, levels + 1).Select(_ => new LinkedList<PendingRun>())];

    public int Count { get; private set; }

    /// <param name="level">In [0, levels); 0 goes first.</param>
    public void Add(PendingRun pending, int level)
    {
        pending.Place = lists[level].AddLast(pending);
        Count++;
    }

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

    /// <summary>Puts a waiting request behind all others; nothing when it no longer waits.</summary>
    public void Delay(PendingRun pending)
    {
        if (Remove(pending))
        {
            Add(pending, levels);
        }
    }

    /// <summary>The first request and those behind it that can join it, at most <paramref name="max"/>; not empty when something waits.</summary>
    public List<PendingRun> Candidates(int max)
    {
        var candidates = new List<PendingRun>();
        foreach (var list in lists)
        {
            for (var node = list.First; node is not null && candidates.Count < max; node = node.Next)
            {
                if (candidates.Count == 0 || node.Value.CanJoin(candidates[0]))
                {
                    candidates.Add(node.Value);
                }
            }
        }

        return candidates;
    }
}
