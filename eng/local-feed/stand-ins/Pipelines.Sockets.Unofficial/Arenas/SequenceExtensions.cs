namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>Copies of a sequence, each element through a projection.</summary>
public static class SequenceExtensions
{
    public static TTo[] ToArray<TFrom, TTo>(this in Sequence<TFrom> source, Projection<TFrom, TTo> projection)
    {
        var result = new TTo[source.Length];
        source.CopyTo(result, projection);
        return result;
    }

    public static TTo[] ToArray<TFrom, TState, TTo>(this in Sequence<TFrom> source, Projection<TFrom, TState, TTo> projection, in TState state)
    {
        ArgumentNullException.ThrowIfNull(projection);
        var elements = source.FirstSpan;
        var result = new TTo[elements.Length];
        for (var i = 0; i < elements.Length; i++)
        {
            result[i] = projection(in elements[i], in state);
        }
        return result;
    }

    /// <exception cref="InvalidOperationException"><paramref name="destination"/> is shorter than the sequence; nothing was copied.</exception>
    public static void CopyTo<TFrom, TTo>(this in Sequence<TFrom> source, Span<TTo> destination, Projection<TFrom, TTo> projection)
    {
        ArgumentNullException.ThrowIfNull(projection);
        var elements = source.FirstSpan;
        if (elements.Length > destination.Length)
        {
            throw new InvalidOperationException($"The destination holds {destination.Length} elements, the sequence has {elements.Length}.");
        }
        for (var i = 0; i < elements.Length; i++)
        {
            destination[i] = projection(in elements[i]);
        }
    }
}
