using System.Collections.Concurrent;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>Numbers entities: the same join key values get the same number, from 0 on without large gaps. Safe from several threads.</summary>
internal sealed class EntityNumbers
{
    private const int None = 0;
    private readonly ConcurrentDictionary<string, int> texts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> spans;
    private readonly ConcurrentDictionary<Pair, int> pairs = new();
    private int last = None;

    public EntityNumbers() => spans = texts.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Of one value.</summary>
    public int Of(ReadOnlySpan<char> value) => spans.TryGetValue(value, out var known) ? known : texts.GetOrAdd(value.ToString(), _ => Interlocked.Increment(ref last));

    /// <summary>Of a key, given the numbers of its values; a key of several is numbered pair by pair.</summary>
    /// <param name="at">Position of each join key.</param>
    public int Of(ReadOnlySpan<int> values, ReadOnlySpan<int> at)
    {
        var number = at.IsEmpty ? None : values[at[0]];
        for (var i = 1; i < at.Length; i++)
        {
            var pair = new Pair(number, values[at[i]]);
            number = pairs.TryGetValue(pair, out var known) ? known : pairs.GetOrAdd(pair, _ => Interlocked.Increment(ref last));
        }
        return number;
    }

    /// <summary>Numbers are small: to spread them a multiplication is enough, which takes a fraction of the hash of a tuple.</summary>
    private readonly record struct Pair(int First, int Second)
    {
        public override int GetHashCode() => First * -1_640_531_527 + Second;
    }
}
