using MlAspire.Gateway.Audit.Proofs;
using StackExchange.Redis;

namespace MlAspire.Gateway.Audit;

/// <summary>The newest checkpoint in Redis, out of reach of who can write the log's folder. It is compared with the log once before it is replaced: of a folder that was put back to an older state it is what shows that.</summary>
/// <remarks>While Redis does not answer there is nothing to compare, and nothing is replaced. A copy that is not by the log's key says nothing of the log.</remarks>
internal sealed class CheckpointCopy(AuditLog audit, IConnectionMultiplexer redis)
{
    /// <summary>What the log's name follows in the key.</summary>
    public const string RedisPrefix = "mlaspire:audit:checkpoint:";

    private readonly string key = RedisPrefix + audit.Origin;
    private bool compared;

    /// <summary>Compares the log with the copy that an earlier process left, unless that is done.</summary>
    /// <exception cref="InvalidDataException">The log lost or changed records that the copy covers.</exception>
    public async Task CompareAsync()
    {
        if (compared)
        {
            return;
        }

        try
        {
            Judge((string?)await redis.GetDatabase().StringGetAsync(key));
            compared = true;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            // The connection itself says that it is lost; the next turn asks again.
        }
    }

    /// <summary>Replaces the copy.</summary>
    /// <returns>Whether it was sent.</returns>
    public bool Replace(byte[] note)
    {
        try
        {
            return compared && redis.GetDatabase().StringSetAsync(key, note, flags: CommandFlags.FireAndForget) is not null;
        }
        catch (RedisException)
        {
            return false;
        }
    }

    private void Judge(string? note)
    {
        if (Open(note) is { } seen && (seen.Size > audit.Count || !audit.RootAt(seen.Size).AsSpan().SequenceEqual(seen.Root)))
        {
            throw new InvalidDataException(
                $"The audit log has {audit.Count} records, and is not a continuation of the checkpoint of {seen.Size} in Redis ({key}), which it signed: records were lost or changed. If that was meant, delete the key.");
        }
    }

    private Checkpoint? Open(string? note)
    {
        try
        {
            return note is not null && Checkpoint.Open(note, audit.Key) is var seen && seen.Origin == audit.Origin ? seen : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
