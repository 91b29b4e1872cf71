namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>Where an arena gets its memory. There is no implementation here: ours always uses arrays.</summary>
public abstract class Allocator<T>
{
    private protected Allocator()
    {
    }
}
