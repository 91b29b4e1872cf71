namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>How an arena gets and keeps its memory.</summary>
/// <param name="flags">Not needed here: memory is always cleared before it is handed back.</param>
/// <param name="blockSizeBytes">Size of an ordinary block; 0 = 128 KiB.</param>
/// <param name="retentionPolicy">Not needed here: an arena keeps what the last answers needed.</param>
public sealed class ArenaOptions(ArenaFlags flags = ArenaFlags.None, int blockSizeBytes = 0, Func<long, long, long>? retentionPolicy = null)
{
    public ArenaFlags Flags => flags;

    public int BlockSizeBytes => blockSizeBytes;

    public Func<long, long, long>? RetentionPolicy => retentionPolicy;
}
