using System.Globalization;
using StackExchange.Redis;

namespace MlAspire.Monitoring.Inference;

/// <summary>Id of a stream entry, <c>1700000000000-3</c>: milliseconds and a sequence number; later entries have greater ids.</summary>
internal readonly record struct EntryId(ulong Milliseconds, ulong Sequence) : IComparable<EntryId>
{
    public static EntryId Parse(RedisValue id)
    {
        var text = (string)id!;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        return new(ulong.Parse(text.AsSpan(0, dash), CultureInfo.InvariantCulture), ulong.Parse(text.AsSpan(dash + 1), CultureInfo.InvariantCulture));
    }

    public int CompareTo(EntryId other) => Milliseconds == other.Milliseconds ? Sequence.CompareTo(other.Sequence) : Milliseconds.CompareTo(other.Milliseconds);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Milliseconds}-{Sequence}");
}
