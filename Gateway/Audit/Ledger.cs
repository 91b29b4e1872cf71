using MlAspire.Gateway.Audit.Segments;

namespace MlAspire.Gateway.Audit;

/// <summary>What the gateway has in memory of the records of a log: their hashes with the tree over them, where their lines end, which prediction each is of, and those that are of no request, whole.</summary>
/// <remarks>About 120 bytes a record. Thread-safe.</remarks>
internal sealed class Ledger
{
    private readonly Lock gate = new(); // guards everything below
    private readonly MerkleTree tree = new();
    private readonly List<long> ends = []; // of each record's line in its segment
    private readonly PredictionIndex predictions = new();
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
    /// <param name="records">Each with where its line ends in its segment.</param>
    public void Add(IEnumerable<(SegmentEntry Entry, long End)> records)
    {
        lock (gate)
        {
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

                predictions.Add(entry.Prediction, tree.Size, entry.IsFailure);
                ends.Add(end);
                tree.Append(entry.Leaf);
            }
        }
    }

    public (long Size, byte[] Root) Root()
    {
        lock (gate)
        {
            return (tree.Size, tree.Root());
        }
    }

    public byte[] RootAt(long size)
    {
        lock (gate)
        {
            return tree.Root(size);
        }
    }

    public IReadOnlyList<byte[]>? Inclusion(long index, long size)
    {
        lock (gate)
        {
            return index < 0 || index >= size || size > tree.Size ? null : tree.InclusionProof(index, size);
        }
    }

    public IReadOnlyList<byte[]>? Consistency(long from, long to)
    {
        lock (gate)
        {
            return from < 0 || from > to || to > tree.Size ? null : tree.ConsistencyProof(from, to);
        }
    }

    public long? Find(string predictionId)
    {
        lock (gate)
        {
            return predictions.Find(predictionId);
        }
    }

    /// <summary>Where the line of the record at <paramref name="index"/> is in its segment, and the record's hash.</summary>
    /// <param name="index">Below <see cref="Count"/>.</param>
    /// <param name="first">Index of the segment's first record.</param>
    public (long Start, long End, byte[] Leaf) LineOf(long index, long first)
    {
        lock (gate)
        {
            return (index == first ? 0 : ends[(int)index - 1], ends[(int)index], tree[index].ToArray());
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
