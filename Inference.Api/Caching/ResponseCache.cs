using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Caching;

/// <summary>A 128-bit hash of a key.</summary>
internal delegate UInt128 KeyHash(ReadOnlySpan<byte> key);

/// <summary>Answers by the bytes of their requests, bounded in bytes and entries; what was used the longest ago goes first. A hash finds an entry, and only equal bytes make it the answer. Thread-safe.</summary>
internal sealed class ResponseCache(ResponseCacheOptions options, KeyHash hash)
{
    /// <summary>What an entry costs beside its key and its tensors, roughly: objects, list node, table slot.</summary>
    private const int EntryBytes = 256;

    private readonly Lock gate = new(); // guards entries, order and bytes
    private readonly Dictionary<UInt128, LinkedListNode<Entry>> entries = [];
    private readonly LinkedList<Entry> order = new(); // the last used first
    private long bytes;

    private sealed record Entry(UInt128 Hash, long Owner, byte[] Key, IReadOnlyList<Tensor> Outputs, long Bytes);

    public int Count
    {
        get
        {
            lock (gate)
            {
                return entries.Count;
            }
        }
    }

    /// <summary>False when no answer to a request of so many bytes can be kept.</summary>
    public bool HasRoom(long requestBytes) => EntryBytes + requestBytes <= options.MaxBytes;

    /// <returns>Null when there is none. The tensors are shared and stay valid when the entry goes.</returns>
    public IReadOnlyList<Tensor>? Find(ReadOnlySpan<byte> key)
    {
        var hashed = hash(key);
        lock (gate)
        {
            if (!entries.TryGetValue(hashed, out var node) || !key.SequenceEqual(node.Value.Key))
            {
                return null;
            }

            order.Remove(node);
            order.AddFirst(node);
            return node.Value.Outputs;
        }
    }

    /// <summary>Keeps a copy of an answer, in the place of one with the same hash.</summary>
    /// <param name="owner">For <see cref="RemoveAll"/>.</param>
    public void Add(long owner, ReadOnlySpan<byte> key, IReadOnlyList<Tensor> outputs)
    {
        var size = EntryBytes + key.Length + outputs.Sum(output => (long)output.Data.Length);
        if (size > options.MaxBytes)
        {
            return;
        }

        var entry = new Entry(hash(key), owner, key.ToArray(), [.. outputs.Select(output => new Tensor(output.Name, output.DataType, output.Shape, output.Data.ToArray()))], size);
        lock (gate)
        {
            if (entries.TryGetValue(entry.Hash, out var former))
            {
                Remove(former);
            }

            entries.Add(entry.Hash, order.AddFirst(entry));
            bytes += size;
            while (bytes > options.MaxBytes || entries.Count > options.MaxEntries)
            {
                Remove(order.Last!);
            }
        }
    }

    /// <summary>Forgets the answers of an owner. Cost: all entries are looked at.</summary>
    public void RemoveAll(long owner)
    {
        lock (gate)
        {
            for (var node = order.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Owner == owner)
                {
                    Remove(node);
                }

                node = next;
            }
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        order.Remove(node);
        entries.Remove(node.Value.Hash);
        bytes -= node.Value.Bytes;
    }
}
