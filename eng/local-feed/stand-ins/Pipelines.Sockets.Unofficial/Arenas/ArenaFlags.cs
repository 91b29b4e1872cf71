namespace Pipelines.Sockets.Unofficial.Arenas;

/// <summary>Choices that the genuine arena offers; the values are part of its binary interface.</summary>
[Flags]
public enum ArenaFlags
{
    None = 0,
    ClearAtReset = 1,
    ClearAtDispose = 2,
    PreferUnmanaged = 4,
    PreferPinned = 8,
    BlittableNonPaddedSharing = 16,
    BlittablePaddedSharing = 32,
}
