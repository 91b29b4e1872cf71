using System.Collections.Concurrent;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>Keeps what has been worked out for a name of a field, a tag or an event: there are few of them, and each is asked for with every request. Thread-safe.</summary>
/// <remarks>Holds the first 4,096 names of at most 128 characters; for any other the work is done each time.</remarks>
internal sealed class KnownNames<T>(Func<string, T> work)
{
    private const int MaxNames = 4096;
    private const int MaxLength = 128;

    private readonly ConcurrentDictionary<string, T> known = new(StringComparer.Ordinal);
    private int count;

    public T this[string name]
    {
        get
        {
            if (known.TryGetValue(name, out var result))
            {
                return result;
            }

            result = work(name);
            if (name.Length <= MaxLength && Volatile.Read(ref count) < MaxNames && known.TryAdd(name, result))
            {
                Interlocked.Increment(ref count);
            }

            return result;
        }
    }
}
