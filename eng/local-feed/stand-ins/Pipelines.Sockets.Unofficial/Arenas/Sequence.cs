namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>A <see cref="Sequence{T}"/> whose element type is not part of its type: a struct can hold a sequence of itself only so.</summary>
public readonly struct Sequence
{
    private readonly Array? array;
    private readonly int offset;
    private readonly int length;

    internal Sequence(Array? array, int offset, int length) => (this.array, this.offset, this.length) = (array, offset, length);

    public long Length => length;

    /// <summary>The same elements, typed again; the default value can be cast to anything.</summary>
    /// <exception cref="InvalidCastException">The elements are not of type <typeparamref name="T"/>.</exception>
    public Sequence<T> Cast<T>() => new((T[]?)array, offset, length);
}
