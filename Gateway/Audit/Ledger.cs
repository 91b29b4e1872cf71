using MlAspire.Gateway.Audit.Segments;

namespace MlAspire.Gateway.Audit;

/// <summary>What the gateway has in memory of the records of a log: their hashes with the tree over them, where their lines are, which prediction or report each is of, and those that are of no request, whole.</summary>
/// <remarks>About 110 bytes a record that retention has not removed, and nothing of those that it has, but for what is of no request. Thread-safe.</remarks>
/// <param name="forgotten">As <see cref="MerkleTree"/> has it.</param>
internal sealed class Ledger(MerkleTree.Leaves forgotten)
{
    /// <summary>Answers of one id that <see cref="Find"/> names.</summary>
    public const int MostAnswers = 1_000;

    private readonly Lock gate = new(); // guards everything below; of the tree what adds and forgets
    private readonly MerkleTree tree = new(forgotten);
    private readonly SortedList<long, SegmentIndex> segments = []; // by their first record
    private readonly SortedList<long, byte[]> events = []; // by index
    private readonly Dictionary<long, (long Index, SealSummary Removed)> statements = []; // by the first record of the segment that they are about

    public long Count
    {
        get
        {
            lock (gate)
            {
                return tree.Size;
            }
        }
    }

    /// <inheritdoc cref="AuditLog.Events"/>
    public IReadOnlyList<byte[]> Events
    {
        get
        {
            lock (gate)
            {
                return [.. events.Values];
            }
        }
    }

    /// <summary>Adds records, next to each other for all who look.</summary>
    /// <param name="segment">Index of the first record of their segment.</param>
    /// <param name="records">Each with where its line ends in its segment.</param>
    public void Add(long segment, IEnumerable<(SegmentEntry Entry, long End)> records)
    {
        lock (gate)
        {
            if (!segments.TryGetValue(segment, out var index))
            {
                segments.Add(segment, index = new());
            }

            foreach (var (entry, end) in records)
            {
                if (entry.Event is { } record)
                {
                    events.Add(tree.Size, record);
                    if (SegmentRemoved.Parse(record) is { } statement)
                    {
                        statements[statement.Removed.Segment] = (tree.Size, statement.Removed);
                    }
                }

                index.Add(entry, end);
                tree.Append(entry.Leaf);
            }
        }
    }

    /// <summary>Forgets the records before an index, but for those that are of no request. Roots and proofs stay as they were.</summary>
    /// <param name="first">The first record of a segment.</param>
    public void Forget(long first)
    {
        lock (gate)
        {
            while (segments.Count > 0 && segments.GetKeyAtIndex(0) < first)
            {
                segments.RemoveAt(0);
            }

            tree.Forget(first);
        }
    }

    public (long Size, byte[] Root) Root()
    {
        var size = Count;
        return (size, tree.Root(size));
    }

    public byte[] RootAt(long size) => tree.Root(size);

    public IReadOnlyList<byte[]>? Inclusion(long index, long size) => index < 0 || index >= size || size > Count ? null : tree.InclusionProof(index, size);

    public IReadOnlyList<byte[]>? Consistency(long from, long to) => from < 0 || from > to || to > Count ? null : tree.ConsistencyProof(from, to);

    /// <inheritdoc cref="AuditLog.Find"/>
    public IReadOnlyList<long> Find(string id)
    {
        var key = IdIndex.KeyOf(id);
        (long Index, bool IsFailure)[] found;
        lock (gate)
        {
            found = [.. segments.SelectMany(segment => segment.Value.Ids.Find(key).Select(each => (segment.Key + each.Place, each.IsFailure)))];
        }

        long[] answers = [.. found.Where(each => !each.IsFailure).Take(MostAnswers).Select(each => each.Index)];
        return answers.Length > 0 ? answers : [.. found.Take(1).Select(each => each.Index)];
    }

    /// <summary>Where the line of a record is in its segment, and the record's hash; null when it is forgotten.</summary>
    /// <param name="index">Below <see cref="Count"/>.</param>
    /// <param name="segment">Index of the segment's first record.</param>
    public (long Start, long End, byte[] Leaf)? LineOf(long index, long segment)
    {
        lock (gate)
        {
            return segments.TryGetValue(segment, out var lines) && lines.LineOf((int)(index - segment)) is var (start, end) ? (start, end, tree[index]) : null;
        }
    }

    /// <summary>The record at an index when it is of no request; else null.</summary>
    public byte[]? EventAt(long index)
    {
        lock (gate)
        {
            return events.GetValueOrDefault(index);
        }
    }

    /// <inheritdoc cref="AuditLog.StatementOf"/>
    public long? StatementOf(SealSummary segment)
    {
        lock (gate)
        {
            return statements.TryGetValue(segment.Segment, out var statement) && statement.Removed == segment ? statement.Index : null;
        }
    }
}
