using System.Runtime.CompilerServices;

namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>Memory for many small sequences that all end together, at <see cref="Reset"/>. Not thread-safe.</summary>
/// <remarks>
/// A sequence never straddles two blocks: what does not fit in the current block starts another one, larger than usual if need be. That wastes
/// the end of a block now and then and makes every sequence contiguous.
/// </remarks>
public sealed class Arena<T> : IDisposable
{
    private const int DefaultBlockSizeBytes = 128 * 1024;

    // A large answer arrives in pieces and is parsed from its start with every piece, each time after a reset.
    private const int ResetsBeforeSparesGo = 32;

    private readonly int blockLength;
    private readonly Stack<T[]> spares = new();
    private readonly Stack<T[]> full = new();
    private T[] block = [];
    private int used;
    private int resetsWithoutSpares;
    private bool disposed;

    /// <param name="options">null = defaults.</param>
    /// <param name="allocator">Must be null.</param>
    public Arena(ArenaOptions? options = null, Allocator<T>? allocator = null)
    {
        if (allocator is not null)
        {
            throw new NotSupportedException("This stand-in always allocates arrays.");
        }
        var blockSizeBytes = options is { BlockSizeBytes: > 0 } ? options.BlockSizeBytes : DefaultBlockSizeBytes;
        blockLength = Math.Max(1, blockSizeBytes / Unsafe.SizeOf<T>());
    }

    /// <summary>Memory for <paramref name="length"/> elements, all of them the default value.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is negative.</exception>
    /// <exception cref="ObjectDisposedException"></exception>
    public Sequence<T> Allocate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ObjectDisposedException.ThrowIf(disposed, this);
        if (length > block.Length - used)
        {
            StartBlock(length);
        }
        var sequence = new Sequence<T>(block, used, length);
        used += length;
        return sequence;
    }

    /// <summary>Ends all sequences handed out so far; their memory is cleared and used again.</summary>
    public void Reset()
    {
        resetsWithoutSpares = full.Count == 0 ? resetsWithoutSpares + 1 : 0;
        Array.Clear(block, 0, used);
        while (full.TryPop(out var previous))
        {
            spares.Push(block);
            block = previous;
            Array.Clear(block);
        }
        used = 0;
        if (resetsWithoutSpares == ResetsBeforeSparesGo)
        {
            spares.Clear();
        }
    }

    public void Dispose()
    {
        disposed = true;
        spares.Clear();
        full.Clear();
        block = [];
        used = 0;
    }

    // The first block stays in use after a reset, so it is always an ordinary one. The spares come back in the order in which they were needed
    // last time; one that is too small now is dropped.
    private void StartBlock(int length)
    {
        if (block.Length == 0)
        {
            block = new T[blockLength];
            if (length <= blockLength)
            {
                return;
            }
        }
        full.Push(block);
        block = spares.TryPop(out var spare) && spare.Length >= length ? spare : new T[Math.Max(length, blockLength)];
        used = 0;
    }
}
