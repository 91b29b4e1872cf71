using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Offline;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>What names the events of some rows, so that each counts once, whoever sends it and at which offset.</summary>
/// <param name="Ids">Of each row, from <see cref="Hash"/>.</param>
/// <param name="KnownSince">Ids of earlier events are neither asked for nor kept: what was counted of their time may be forgotten. By the clock alone, so that no event that is counted goes out of it sooner for what else comes.</param>
internal sealed record EventIds(UInt128[] Ids, DateTimeOffset KnownSince)
{
    /// <summary>Of one id where it is kept.</summary>
    public const int Bytes = 16;

    private const int SecondsPerHour = 3_600;

    // Clocks may differ, and rows wait, by so much.
    private const long SlackSeconds = SecondsPerHour;

    // In older logs the moment went with the newest event, and back by up to a day when a replica started.
    private const long ReaderSlackSeconds = 25 * SecondsPerHour;
    private static readonly TimeSpan LeastKept = TimeSpan.FromDays(1);

    /// <summary>The hour, since 1970, with whose events an id is kept.</summary>
    public static long HourOf(DateTimeOffset eventTime) => TileGrid.FloorDivide(eventTime.ToUnixTimeSeconds(), SecondsPerHour);

    /// <summary>How long the ids of an hour are kept after one was added: at least a day, for logs that are applied again, and no longer than any tile that they were counted in.</summary>
    public TimeSpan KeptFor(long hour) => TimeSpan.FromSeconds(Math.Clamp(SecondsOpen(hour) + SlackSeconds, (long)LeastKept.TotalSeconds, (long)LoggedIngest.OnlineRetention.TotalSeconds));

    /// <summary>No row whose id is asked for comes any more of the hour.</summary>
    public bool IsOver(long hour) => SecondsOpen(hour) + ReaderSlackSeconds < 0;

    /// <summary>The first 16 bytes of the SHA-256 of an id, given as text or, a number, in decimal.</summary>
    public static UInt128 Hash(FieldValue id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(id.KeyText), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    // Whole seconds, because the hour may end after the last moment that a DateTimeOffset holds.
    private long SecondsOpen(long hour) => (hour + 1) * SecondsPerHour - KnownSince.ToUnixTimeSeconds();
}
