using System.Collections;

namespace Pipelines.Sockets.Unofficial;

/// <summary>The single delegates of a multicast delegate, without allocation.</summary>
public static class Delegates
{
    /// <summary>Enumerates the single delegates of <paramref name="handler"/> in the order in which they would be called; none for null.</summary>
    public static DelegateEnumerable<T> AsEnumerable<T>(this T? handler)
        where T : MulticastDelegate => new(handler);

    public static bool IsSingle(this MulticastDelegate handler) => handler.HasSingleTarget;

    /// <summary>The single delegates of one multicast delegate.</summary>
    public readonly struct DelegateEnumerable<T> : IEnumerable<T>
        where T : MulticastDelegate
    {
        private readonly T? handler;

        internal DelegateEnumerable(T? handler) => this.handler = handler;

        public DelegateEnumerator<T> GetEnumerator() => new(handler);

        IEnumerator<T> IEnumerable<T>.GetEnumerator() => GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>Enumerates a <see cref="DelegateEnumerable{T}"/>.</summary>
    public struct DelegateEnumerator<T> : IEnumerator<T>
        where T : MulticastDelegate
    {
        private readonly T? handler;
        private Delegate.InvocationListEnumerator<T> inner;

        internal DelegateEnumerator(T? handler)
        {
            this.handler = handler;
            inner = Delegate.EnumerateInvocationList(handler);
        }

        public T Current => inner.Current;

        readonly object IEnumerator.Current => inner.Current;

        public bool MoveNext() => inner.MoveNext();

        public void Reset() => inner = Delegate.EnumerateInvocationList(handler);

        readonly void IDisposable.Dispose()
        {
        }
    }
}
