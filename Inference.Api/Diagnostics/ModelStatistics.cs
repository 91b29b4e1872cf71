using MlAspire.Inference.Api.Batching;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>How often something happened and how long it took in all.</summary>
internal readonly record struct StatisticDuration(long Count, long Nanoseconds)
{
    public StatisticDuration Add(TimeSpan duration) => new(Count + 1, Nanoseconds + (duration.Ticks * TimeSpan.NanosecondsPerTick));
}

/// <summary>The runs of one batch size.</summary>
internal sealed record BatchStatistics(long BatchSize, StatisticDuration ComputeInput, StatisticDuration ComputeInfer, StatisticDuration ComputeOutput);

/// <summary>Why requests failed, in Triton's words.</summary>
internal enum FailureReason
{
    Rejected,
    Canceled,
    Backend,
    Other,
}

/// <summary>The numbers of one loaded version, as Triton's statistics extension defines them. They start at 0 when the version is loaded.</summary>
internal sealed record ModelStatisticsSnapshot
{
    /// <summary>Milliseconds since 1970; 0 = none yet.</summary>
    public long LastInference { get; init; }

    /// <summary>Rows answered.</summary>
    public long InferenceCount { get; init; }

    /// <summary>Runs of the model; a batch is one.</summary>
    public long ExecutionCount { get; init; }

    /// <summary>Requests answered, from their check to their outputs; of one that the response cache did not have, the time for the cache too.</summary>
    public StatisticDuration Success { get; init; }

    public StatisticDuration Fail { get; init; }

    /// <summary>Each answered request's wait; the three after it are its batch's whole times, once for each of its requests.</summary>
    public StatisticDuration Queue { get; init; }

    public StatisticDuration ComputeInput { get; init; }

    public StatisticDuration ComputeInfer { get; init; }

    public StatisticDuration ComputeOutput { get; init; }

    /// <summary>Requests answered from the response cache, and how long finding their answers took. They count as answered, not as rows, and do not compute.</summary>
    public StatisticDuration CacheHit { get; init; }

    /// <summary>Requests that were not, and how long looking and then keeping their answers took.</summary>
    public StatisticDuration CacheMiss { get; init; }

    /// <summary>Ascending by batch size.</summary>
    public IReadOnlyList<BatchStatistics> Batches { get; init; } = [];

    /// <summary>Indexed by <see cref="FailureReason"/>.</summary>
    public IReadOnlyList<long> Failures { get; init; } = [0, 0, 0, 0];
}

/// <summary>Counts what happens to the requests of one loaded version. Thread-safe.</summary>
/// <remarks>Source: Triton's statistics extension, <see href="https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_statistics.md"/>.</remarks>
internal sealed class ModelStatistics(TimeProvider time)
{
    private readonly Lock gate = new(); // guards all fields
    private readonly SortedDictionary<long, Compute> batches = [];
    private readonly long[] failures = new long[4];
    private readonly Compute computed = new(); // once for each request answered
    private long lastInference;
    private long inferenceCount;
    private long executionCount;
    private StatisticDuration success;
    private StatisticDuration fail;
    private StatisticDuration queue;
    private StatisticDuration cacheHit;
    private StatisticDuration cacheMiss;

    /// <summary>Whether a request has been answered, or has failed.</summary>
    public bool HasCounted
    {
        get
        {
            lock (gate)
            {
                return success.Count + fail.Count > 0;
            }
        }
    }

    public void Ran(RunReport report)
    {
        lock (gate)
        {
            if (!batches.TryGetValue(report.Rows, out var batch))
            {
                batches[report.Rows] = batch = new Compute();
            }

            Add(batch, report);
            executionCount++;
        }
    }

    /// <param name="rows">Of this request.</param>
    public void Succeeded(RunReport report, long rows)
    {
        lock (gate)
        {
            lastInference = time.GetUtcNow().ToUnixTimeMilliseconds();
            inferenceCount += rows;
            success = success.Add(time.GetElapsedTime(report.QueuedAt));
            queue = queue.Add(time.GetElapsedTime(report.QueuedAt, report.StartedAt));
            Add(computed, report);
        }
    }

    /// <param name="elapsed">Of the request; it waited for nothing.</param>
    public void CacheHit(TimeSpan elapsed, TimeSpan lookup)
    {
        lock (gate)
        {
            success = success.Add(elapsed);
            queue = queue.Add(TimeSpan.Zero);
            cacheHit = cacheHit.Add(lookup);
        }
    }

    /// <remarks>Its time is added to that of the request, which is counted before its answer is kept (Triton's <c>UpdateSuccessCacheMiss</c>).</remarks>
    public void CacheMiss(TimeSpan lookupAndKeeping)
    {
        lock (gate)
        {
            success = success with { Nanoseconds = success.Nanoseconds + (lookupAndKeeping.Ticks * TimeSpan.NanosecondsPerTick) };
            cacheMiss = cacheMiss.Add(lookupAndKeeping);
        }
    }

    public void Failed(ErrorCode code, TimeSpan elapsed)
    {
        var reason = code switch
        {
            ErrorCode.Overloaded or ErrorCode.DeadlineExceeded => FailureReason.Rejected,
            ErrorCode.Cancelled => FailureReason.Canceled,
            ErrorCode.Internal => FailureReason.Backend,
            _ => FailureReason.Other,
        };
        lock (gate)
        {
            failures[(int)reason]++;
            fail = fail.Add(elapsed);
        }
    }

    public ModelStatisticsSnapshot Snapshot()
    {
        lock (gate)
        {
            return new ModelStatisticsSnapshot
            {
                LastInference = lastInference,
                InferenceCount = inferenceCount,
                ExecutionCount = executionCount,
                Success = success,
                Fail = fail,
                Queue = queue,
                ComputeInput = computed.Input,
                ComputeInfer = computed.Infer,
                ComputeOutput = computed.Output,
                CacheHit = cacheHit,
                CacheMiss = cacheMiss,
                Batches = [.. batches.Select(batch => new BatchStatistics(batch.Key, batch.Value.Input, batch.Value.Infer, batch.Value.Output))],
                Failures = [.. failures],
            };
        }
    }

    private void Add(Compute to, RunReport report)
    {
        to.Input = to.Input.Add(time.GetElapsedTime(report.StartedAt, report.ComputeAt));
        to.Infer = to.Infer.Add(time.GetElapsedTime(report.ComputeAt, report.ComputedAt));
        to.Output = to.Output.Add(time.GetElapsedTime(report.ComputedAt, report.EndedAt));
    }

    private sealed class Compute
    {
        public StatisticDuration Input { get; set; }

        public StatisticDuration Infer { get; set; }

        public StatisticDuration Output { get; set; }
    }
}
