using System.Text.Json.Serialization;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Batching;

/// <summary><c>dynamic_batching</c> of a model's config, with Triton's names: requests that arrive while the model is busy run together.</summary>
/// <remarks>When an instance is idle and nothing waits, a request runs at once, whatever the delay: batching costs nothing at low load.</remarks>
internal sealed record DynamicBatching
{
    /// <summary>Rows that run without waiting for more, each in [1, max_batch_size]; empty = max_batch_size alone. See <see cref="BatchPolicy"/>.</summary>
    public IReadOnlyList<int> PreferredBatchSize { get; set; } = [];

    /// <summary>How long the oldest waiting request may be held back for more to come, once an instance is free; [0, 60,000,000]. Under 1,000 nothing is held back, and the log says so: timers count whole milliseconds.</summary>
    public long MaxQueueDelayMicroseconds { get; set; }

    /// <summary>Accepted for compatibility: the answers of a stream keep the order of its requests anyway.</summary>
    public bool PreserveOrdering { get; set; }

    /// <summary>0 = one level, and a request's priority means nothing; else levels 1 (first) to this many, at most 64.</summary>
    public int PriorityLevels { get; set; }

    /// <summary>Level of a request without a priority; in [1, priority_levels] when there are levels.</summary>
    public int DefaultPriorityLevel { get; set; }

    /// <summary>Of each level that has none of its own.</summary>
    public QueuePolicy DefaultQueuePolicy { get; set; } = new();

    /// <summary>By level, in [1, priority_levels].</summary>
    public IReadOnlyDictionary<int, QueuePolicy> PriorityQueuePolicy { get; set; } = new Dictionary<int, QueuePolicy>();

    /// <param name="level">In [1, priority_levels]; 1 when there are none.</param>
    public QueuePolicy PolicyOf(int level) => PriorityQueuePolicy.TryGetValue(level, out var policy) ? policy : DefaultQueuePolicy;

    /// <exception cref="InvalidDataException">A value is out of range; the message names it.</exception>
    public void Check(int maxBatchSize)
    {
        Require(maxBatchSize > 0, "dynamic_batching needs a max_batch_size");
        Require(PreferredBatchSize.All(size => size >= 1 && size <= maxBatchSize), $"preferred_batch_size must be in [1, {maxBatchSize}]");
        Require(MaxQueueDelayMicroseconds is >= 0 and <= 60_000_000, "max_queue_delay_microseconds must be in [0, 60000000]");
        Require(PriorityLevels is >= 0 and <= 64, "priority_levels must be in [0, 64]");
        Require(PriorityLevels == 0 ? DefaultPriorityLevel == 0 : DefaultPriorityLevel >= 1 && DefaultPriorityLevel <= PriorityLevels, "default_priority_level must be one of the priority_levels");
        Require(PriorityQueuePolicy.Keys.All(level => level >= 1 && level <= PriorityLevels), "priority_queue_policy must be of one of the priority_levels");
        foreach (var policy in PriorityQueuePolicy.Values.Append(DefaultQueuePolicy))
        {
            Require(policy.TimeoutAction is "REJECT" or "DELAY", "timeout_action must be REJECT or DELAY");
            Require(policy.DefaultTimeoutMicroseconds is >= 0 and <= InferParameters.MaxTimeoutMicroseconds, $"default_timeout_microseconds must be in [0, {InferParameters.MaxTimeoutMicroseconds}]");
            Require(policy.MaxQueueSize is >= 0 and <= QueuePolicy.LargestQueue, $"max_queue_size must be in [0, {QueuePolicy.LargestQueue}]");
        }
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new InvalidDataException(message);
        }
    }
}

/// <summary>How long and how many requests of one priority may wait for a model.</summary>
internal sealed record QueuePolicy
{
    public const int LargestQueue = 100_000;
    private const int DefaultQueue = 1024;

    /// <summary><c>REJECT</c>: a request that has waited too long fails. <c>DELAY</c>: it goes behind all others of its priority.</summary>
    public string TimeoutAction { get; set; } = "REJECT";

    /// <summary>At most <see cref="InferParameters.MaxTimeoutMicroseconds"/>; 0 = a request waits as long as its caller does.</summary>
    public long DefaultTimeoutMicroseconds { get; set; }

    /// <summary>True: a request's own <c>timeout</c> holds when it is shorter than the default, or there is no default. False: it is not looked at. Triton's default is false.</summary>
    public bool AllowTimeoutOverride { get; set; } = true;

    /// <summary>Requests that may wait; one more fails with overloaded. 0 = 1,024: there is always a bound.</summary>
    public int MaxQueueSize { get; set; }

    [JsonIgnore]
    public int Capacity => MaxQueueSize == 0 ? DefaultQueue : MaxQueueSize;

    /// <summary>The time a request may wait; null = no limit.</summary>
    public TimeSpan? TimeoutOf(ModelRun run)
    {
        TimeSpan? longest = DefaultTimeoutMicroseconds == 0 ? null : TimeSpan.FromMicroseconds(DefaultTimeoutMicroseconds);
        return AllowTimeoutOverride && run.QueueTimeout is { } own && !(own >= longest) ? own : longest;
    }
}
