namespace MlAspire.Monitoring.Windows;

/// <summary>The newest <paramref name="count"/> windows of equal length, each half-open <c>[start, start + length)</c> and aligned to UTC; older ones are forgotten.</summary>
/// <remarks>Not thread-safe. Memory: at most <paramref name="count"/> values.</remarks>
internal sealed class TimeWindows<T>(TimeSpan length, int count)
    where T : class, new()
{
    private readonly Window?[] ring = new Window?[count];

    /// <summary>The window that holds <paramref name="time"/>, made when it is new; null when it is forgotten already. A time in the future counts as now.</summary>
    public T? At(DateTimeOffset time, DateTimeOffset now)
    {
        var current = NumberOf(now);
        var number = Math.Min(NumberOf(time), current);
        if (number <= current - count)
        {
            return null;
        }

        ref var slot = ref ring[(int)(number % count)];
        if (slot is null || slot.Number < number)
        {
            slot = new(number, new());
        }

        return slot.Value;
    }

    /// <summary>All windows up to now, oldest first; null where nothing happened. Always <c>count</c> entries.</summary>
    public IReadOnlyList<(DateTimeOffset Start, T? Value)> Latest(DateTimeOffset now)
    {
        var current = NumberOf(now);
        return [.. Enumerable.Range(0, count).Select(i => current - count + 1 + i).Select(number => (StartOf(number), ValueOf(number)))];
    }

    private T? ValueOf(long number) => number >= 0 && ring[(int)(number % count)] is { } slot && slot.Number == number ? slot.Value : null;

    private long NumberOf(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / length.Ticks;

    private DateTimeOffset StartOf(long number) => DateTimeOffset.UnixEpoch + (length * number);

    private sealed record Window(long Number, T Value);
}
