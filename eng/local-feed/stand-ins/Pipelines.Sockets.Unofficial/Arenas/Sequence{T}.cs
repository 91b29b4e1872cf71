namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>A window on memory of an <see cref="Arena{T}"/>, valid until the arena is reset.</summary>
/// <remarks>An arena of ours hands out contiguous memory only, so a sequence is always one segment. The genuine one may have several.</remarks>
public readonly struct Sequence<T>
{
    private readonly T[]? array;
    private readonly int offset;
    private readonly int length;

    internal Sequence(T[]? array, int offset, int length) => (this.array, this.offset, this.length) = (array, offset, length);

    public long Length => length;

    public bool IsEmpty => length == 0;

    public bool IsSingleSegment => true;

    public Span<T> FirstSpan => new(array, offset, length);

    public SpanEnumerable Spans => new(FirstSpan);

    /// <exception cref="IndexOutOfRangeException"><paramref name="index"/> is not in <c>[0, Length)</c>.</exception>
    public ref T this[int index] => ref FirstSpan[index];

    public Enumerator GetEnumerator() => new(FirstSpan);

    public Sequence Untyped() => new(array, offset, length);

    /// <summary>The elements, by reference.</summary>
    public ref struct Enumerator
    {
        private readonly Span<T> elements;
        private int index;

        internal Enumerator(Span<T> elements)
        {
            this.elements = elements;
            index = -1;
        }

        public readonly ref T Current => ref elements[index];

        public bool MoveNext() => ++index < elements.Length;

        /// <summary>Moves on and returns the element there.</summary>
        /// <exception cref="IndexOutOfRangeException">There is no further element.</exception>
        public ref T GetNext() => ref elements[++index];
    }

    /// <summary>The segments: one, or none when the sequence is empty.</summary>
    public readonly ref struct SpanEnumerable
    {
        private readonly Span<T> segment;

        internal SpanEnumerable(Span<T> segment) => this.segment = segment;

        public SpanEnumerator GetEnumerator() => new(segment);
    }

    /// <summary>Enumerates <see cref="Spans"/>.</summary>
    public ref struct SpanEnumerator
    {
        private Span<T> next;

        internal SpanEnumerator(Span<T> segment) => next = segment;

        public Span<T> Current { get; private set; }

        public bool MoveNext()
        {
            Current = next;
            next = default;
            return !Current.IsEmpty;
        }
    }
}
