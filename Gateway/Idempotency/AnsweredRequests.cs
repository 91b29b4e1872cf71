using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Idempotency;

/// <summary>The answers to requests with an idempotency key: one that is sent again gets the answer it would have got, and is neither predicted nor recorded again. Thread-safe.</summary>
/// <remarks>Only answers are kept; a request that failed may be tried again. Bounds: <see cref="IdempotencyOptions"/>; requests in progress are bounded by the limits of the gateway.</remarks>
internal sealed class AnsweredRequests(IOptions<IdempotencyOptions> options, TimeProvider time)
{
    private const int EntryBytes = 700; // an entry's key, fingerprint and places in the collections, at most

    private readonly Lock gate = new(); // guards the three below
    private readonly Dictionary<(string Caller, string Key), Entry> entries = [];
    private readonly Queue<(string Caller, string Key)> oldestFirst = []; // those with an answer
    private long bytes; // of these

    /// <param name="key">Of the request.</param>
    /// <param name="act">Makes the answer, as it is kept.</param>
    /// <returns>The answer, and whether it is one that was given before.</returns>
    /// <exception cref="ServiceError">InvalidArgument: the key was used for another request. Aborted: the same request is in progress. Else as <paramref name="act"/> says.</exception>
    public async Task<(byte[] Answer, bool Replayed)> RunAsync(IdempotencyKey key, Func<Task<byte[]>> act)
    {
        if (Begin(key) is { } given)
        {
            return (given, true);
        }

        try
        {
            var answer = await act();
            Keep(key, answer);
            return (answer, false);
        }
        catch
        {
            Forget(key);
            throw;
        }
    }

    /// <returns>The answer that was given before; null when the caller of this shall make it.</returns>
    private byte[]? Begin(IdempotencyKey key)
    {
        lock (gate)
        {
            DropOld();
            if (!entries.TryGetValue((key.Caller, key.Value), out var entry))
            {
                entries.Add((key.Caller, key.Value), new(key.Fingerprint, null, 0));
                return null;
            }

            return entry.Fingerprint != key.Fingerprint ? throw new ServiceError(ErrorCode.InvalidArgument, "Was used for another request.", IdempotencyKey.Header)
                : entry.Answer ?? throw new ServiceError(ErrorCode.Aborted, "The same request is in progress.", IdempotencyKey.Header);
        }
    }

    private void Keep(IdempotencyKey key, byte[] answer)
    {
        lock (gate)
        {
            entries[(key.Caller, key.Value)] = new(key.Fingerprint, answer, time.GetTimestamp());
            oldestFirst.Enqueue((key.Caller, key.Value));
            bytes += answer.Length + EntryBytes;
            DropOld();
        }
    }

    private void Forget(IdempotencyKey key)
    {
        lock (gate)
        {
            entries.Remove((key.Caller, key.Value));
        }
    }

    private void DropOld()
    {
        while (oldestFirst.TryPeek(out var oldest) && (bytes > options.Value.Bytes || time.GetElapsedTime(entries[oldest].AnsweredAt) >= options.Value.TimeToLive))
        {
            bytes -= entries[oldest].Answer!.Length + EntryBytes;
            entries.Remove(oldest);
            oldestFirst.Dequeue();
        }
    }

    private sealed record Entry(string Fingerprint, byte[]? Answer, long AnsweredAt);
}
