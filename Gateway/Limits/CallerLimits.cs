using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Access;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Limits;

/// <summary>Admits requests: a rate and a number in progress for every caller, and a number in progress for all.</summary>
internal sealed class CallerLimits(ApiKeys keys, IOptions<AccessOptions> access, IOptions<LimitsOptions> limits, TimeProvider time)
{
    private readonly FrozenDictionary<string, Usage> usages = keys.Callers.ToFrozenDictionary(
        caller => caller.Name, caller => new Usage(BucketOf(access.Value.Keys.GetValueOrDefault(caller.Name)?.RequestsPerSecond ?? limits.Value.RequestsPerSecond, limits.Value, time)));

    private int inProgress;

    /// <summary>Takes the caller's place; disposing the result gives it back.</summary>
    /// <exception cref="ServiceError">Overloaded, with the time after which it is worth trying again.</exception>
    public IDisposable Enter(Caller caller)
    {
        var usage = usages[caller.Name];
        if (usage.Bucket?.Take() is { } wait)
        {
            throw new ServiceError(ErrorCode.Overloaded, $"The caller {caller.Name} sends more requests a second than it may.") { RetryAfter = wait };
        }

        if (Interlocked.Increment(ref usage.InProgress) > limits.Value.CallerConcurrency)
        {
            Interlocked.Decrement(ref usage.InProgress);
            throw new ServiceError(ErrorCode.Overloaded, $"The caller {caller.Name} has as many requests in progress as it may.");
        }

        if (Interlocked.Increment(ref inProgress) > limits.Value.Concurrency)
        {
            Interlocked.Decrement(ref inProgress);
            Interlocked.Decrement(ref usage.InProgress);
            throw new ServiceError(ErrorCode.Overloaded, "The gateway has as many requests in progress as it takes.");
        }

        return new Lease(this, usage);
    }

    private static TokenBucket? BucketOf(double? requestsPerSecond, LimitsOptions limits, TimeProvider time) =>
        requestsPerSecond is { } rate ? new(rate, Math.Max(1, rate * limits.BurstSeconds), time) : null;

    private sealed class Usage(TokenBucket? bucket)
    {
        public int InProgress;

        public TokenBucket? Bucket => bucket;
    }

    private sealed class Lease(CallerLimits owner, Usage usage) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Decrement(ref owner.inProgress);
            Interlocked.Decrement(ref usage.InProgress);
        }
    }
}
