namespace MlAspire.FeatureStore.PointInTime;

/// <summary>Spreads a sequence over two threads: the next items are made while those before are used.</summary>
internal static class ReadAhead
{
    private const int Items = 1_024;

    /// <summary>The items in their order, made by another thread, at most twice <see cref="Items"/> ahead. What making them throws comes instead of them.</summary>
    public static IEnumerable<T> Ahead<T>(this IEnumerable<T> items)
    {
        using var blocks = items.Chunk(Items).GetEnumerator();
        var next = Task.Run(Next);
        try
        {
            while (next.GetAwaiter().GetResult() is { } block)
            {
                next = Task.Run(Next);
                foreach (var item in block)
                {
                    yield return item;
                }
            }
        }
        finally
        {
            Task.WhenAny(next).Wait(); // it uses what is disposed next
        }

        T[]? Next() => blocks.MoveNext() ? blocks.Current : null;
    }
}
