namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>Makes a result of one element.</summary>
public delegate TResult Projection<T, out TResult>(in T x);

/// <summary>Makes a result of one element and a state that is the same for all elements.</summary>
public delegate TResult Projection<T1, T2, out TResult>(in T1 x1, in T2 x2);
