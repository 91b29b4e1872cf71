using System.Threading.Channels;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Reload;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.Telemetry;
using StackExchange.Redis;

namespace MlAspire.FeatureStore.Offline;

/// <summary>Takes rows exactly once into both stores: first into the log, on disk, then, in the log's order, into Redis, where their offsets make a repetition harmless.</summary>
/// <remarks>
/// One loop appends (all that waits together, at most <see cref="MaxWaiting"/> pushes), one applies. A crash at any point leaves rows that are logged and perhaps not applied: at the start
/// everything from <see cref="AppliedMark"/> on is applied again. Redis notes up to where the log is applied, with what is applied: one that lost something knows less than it was told, which each push finds, and <see cref="AppliedNotes"/> look for, and gets the whole log again.
/// </remarks>
internal sealed partial class LoggedIngest(
    FeatureLog feature, PushApplier applier, AppliedNotes notes, RedisCommands redis, ServedRegistry registry, WorkerHealth workers, IOptions<OfflineOptions> options, TimeProvider time, ILogger<LoggedIngest> log) : BackgroundService
{
    /// <summary>Pushes that may wait for the disk, and as many for Redis; beyond, a push is refused as Overloaded.</summary>
    public const int MaxWaiting = 1_024;

    /// <summary>A producer is forgotten by Redis after so long without a push, and no tile lives longer: what is older is not applied again.</summary>
    public static readonly TimeSpan OnlineRetention = TimeSpan.FromDays(90);
    private static readonly TimeSpan MarkInterval = TimeSpan.FromSeconds(1);

    private readonly Channel<WaitingPush> waiting = Channel.CreateBounded<WaitingPush>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly Channel<Func<CancellationToken, Task>> logged = Channel.CreateBounded<Func<CancellationToken, Task>>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true }); // what is to be done in the log's order
    private readonly WaitingBytes waitingBytes = new(options.Value.MaxWaitingBytes);
    private volatile TaskCompletionSource outage = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AppliedMark mark = new();
    private long markWritten;
    private volatile bool caughtUp; // Redis has everything, as far as was looked into

    /// <summary>Whether Redis answers and has everything that was logged before.</summary>
    public bool CaughtUp => caughtUp && !outage.Task.IsCompleted;

    /// <summary>Takes rows.</summary>
    /// <exception cref="ServiceError">NotReady: the log is still being applied. Overloaded: too many pushes wait. Unavailable: the disk does not take them, or Redis does not, yet.</exception>
    public async Task<Applied> PushAsync(PushedRows rows, CancellationToken cancellationToken)
    {
        var away = outage.Task;
        EnsureCaughtUp();
        var push = new WaitingPush(rows);
        if (!waitingBytes.TryAdd(push))
        {
            throw new ServiceError(ErrorCode.Overloaded, "Too many bytes of pushes wait for the log (Offline:MaxWaitingBytes).");
        }
        if (!waiting.Writer.TryWrite(push))
        {
            var full = new ServiceError(ErrorCode.Overloaded, "Too many pushes wait for the log.");
            push.Done.TrySetException(full);
            throw full;
        }
        await Task.WhenAny(push.Done.Task, away).WaitAsync(cancellationToken);
        return push.Done.Task.IsCompleted ? await push.Done.Task : throw Away();
    }

    /// <summary>Redis counts what was logged, but for pushes that are on their way.</summary>
    /// <exception cref="ServiceError">NotReady: the log is still being applied. Unavailable: Redis does not answer.</exception>
    public void EnsureCaughtUp()
    {
        if (!caughtUp)
        {
            throw new ServiceError(ErrorCode.NotReady, "What was logged before is still being applied.");
        }
        if (outage.Task.IsCompleted)
        {
            throw Away();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        redis.Restored += Look;
        await Task.WhenAll(
            workers.RunAsync("feature log", AppendAllAsync, stoppingToken),
            workers.RunAsync("feature log's application", ApplyAllAsync, stoppingToken));
        redis.Restored -= Look;
    }

    /// <summary>Has the loop look into a lost connection without a push; when there is no room, pushes wait, before which it looks too.</summary>
    private void Look() => logged.Writer.TryWrite(RestoreAllAsync);

    /// <summary>Redis may have lost something that nobody told: the loop looks soon.</summary>
    public void LookAgain() => logged.Writer.TryWrite(async token =>
    {
        if (await notes.LookAsync(mark, token))
        {
            await RestoreAllAsync(token);
        }
    });

    private Task RestoreAllAsync(CancellationToken cancellationToken) => UntilAnsweredAsync(() => RestoreAsync(mark.Sequence, cancellationToken), cancellationToken);

    private static ServiceError Away() => new(ErrorCode.Unavailable, "The online store is not available. What was logged will be applied; with offsets it is safe to push again.");

    private async Task AppendAllAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        var group = new List<WaitingPush>(MaxWaiting);
        while (await waiting.Reader.WaitToReadAsync(cancellationToken))
        {
            group.Clear();
            while (group.Count < MaxWaiting && waiting.Reader.TryRead(out var push))
            {
                group.Add(push);
            }
            if (Append(group))
            {
                foreach (var push in group)
                {
                    await logged.Writer.WriteAsync(token => ApplyAsync(push, token), cancellationToken);
                }
            }
        }
    }

    private bool Append(List<WaitingPush> group)
    {
        try
        {
            var sequences = feature.Append(group.ConvertAll(push => (push.Frame, push.Rows.Count)));
            for (var i = 0; i < sequences.Length; i++)
            {
                group[i].At(sequences[i], feature.Producer);
            }
            return true;
        }
        catch (IOException e)
        {
            var failure = new ServiceError(ErrorCode.Unavailable, "The feature log cannot be written; no row is taken.", e);
            group.ForEach(push => push.Done.TrySetException(failure));
            return false;
        }
    }

    private async Task ApplyAllAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CatchUpAsync(cancellationToken);
            caughtUp = true;
            await foreach (var step in logged.Reader.ReadAllAsync(cancellationToken))
            {
                await step(cancellationToken);
            }
        }
        finally
        {
            outage.TrySetResult(); // nothing is applied any more, so nobody may wait for it
            WriteMark();
        }
    }

    /// <summary>Applies what the mark does not cover, or everything, when Redis does not have what it covers.</summary>
    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        mark = AppliedMark.Read(feature.Directory);
        var lost = await UntilAnsweredAsync(() => notes.IsLostAsync(mark, cancellationToken), cancellationToken);
        await ReplayAsync(lost, long.MaxValue, cancellationToken);
    }

    /// <summary>Gives Redis back what was logged before <paramref name="end"/>, if it lost some of it.</summary>
    private async Task<bool> RestoreAsync(long end, CancellationToken cancellationToken)
    {
        while (await notes.IsLostAsync(mark, cancellationToken))
        {
            caughtUp = false;
            await ReplayAsync(true, end, cancellationToken);
        }
        return caughtUp = true;
    }

    /// <summary>A mark at the beginning, but with what Redis still has: should it lose that while the log is applied again, it is found as well.</summary>
    private async Task<AppliedMark> BeginningAsync(CancellationToken cancellationToken)
    {
        var beginning = new AppliedMark();
        foreach (var known in await UntilAnsweredAsync(() => notes.FindAsync(mark, cancellationToken), cancellationToken))
        {
            beginning.Know(known);
        }
        return beginning;
    }

    /// <summary>Applies what was logged before <paramref name="end"/>: all of it when Redis has lost some, also meanwhile, else from the mark on.</summary>
    private async Task ReplayAsync(bool lost, long end, CancellationToken cancellationToken)
    {
        while (!await TryReplayAsync(lost, end, cancellationToken))
        {
            lost = true;
        }
        WriteMark();
    }

    /// <returns>False when Redis has lost what it was given before the end was reached.</returns>
    private async Task<bool> TryReplayAsync(bool lost, long end, CancellationToken cancellationToken)
    {
        var pass = lost ? await BeginningAsync(cancellationToken) : mark; // until everything is there again, the mark says what Redis has to have
        var from = pass.Sequence;
        if (lost)
        {
            applier.Forget();
        }
        var started = time.GetTimestamp();
        var (frames, applied, unfit, events) = (0, 0L, new HashSet<string>(StringComparer.Ordinal), new CountedEvents());
        foreach (var rows in LogReader.Frames(feature.Directory, from).TakeWhile(rows => rows.Sequence < end).Where(rows => time.GetUtcNow() - rows.AppendedAt <= OnlineRetention))
        {
            try
            {
                if (Fitting(rows, unfit) is not { } fitting)
                {
                    continue;
                }
                var pushed = Kept(rows, fitting, events);
                var answer = await UntilAnsweredAsync(async () => await notes.IsLostAsync(pass, cancellationToken) ? null : await TryApplyAsync(pushed, pass, lost, cancellationToken), cancellationToken);
                if (answer is null)
                {
                    return false;
                }
                applied += pushed.ChangingCount - answer.Skipped - answer.Repeated;
                frames++;
                pass.Advance(rows.Sequence + rows.Count, answer.Logged, time.GetUtcNow());
            }
            catch (Exception e) when (IsOfTheRows(e))
            {
                LogUnapplied(e, rows.Sequence, rows.Source);
            }
        }
        mark = pass;
        var seconds = Math.Round(time.GetElapsedTime(started).TotalSeconds, 1);
        if (frames > 0)
        {
            LogReplayed(frames, applied, from, seconds);
        }
        return true;
    }

    /// <summary>Logged rows as today's registry has their source; null when it no longer has it, or not in a way that fits.</summary>
    private PushedRows? Fitting(LoggedRows rows, HashSet<string> unfit)
    {
        var target = registry.Current.Targets.Find(rows.Source);
        var pushed = target is null ? null : rows.As(target);
        if (pushed?.Target != target && unfit.Add(rows.Source))
        {
            LogUnfit(rows.Sequence, rows.Source);
        }
        return pushed;
    }

    /// <summary>What is applied of logged rows: not what the views would have dropped by now, nor an event that the log itself repeats, whose id Redis may have forgotten.</summary>
    private PushedRows Kept(LoggedRows rows, PushedRows pushed, CountedEvents events)
    {
        pushed = pushed.Kept(time.GetUtcNow() - rows.AppendedAt) with { Log = Offsets.OfLog(feature.Producer, rows.Sequence) };
        if (rows.EventId is null)
        {
            return pushed;
        }
        var first = new AppliedRows(rows, events.Count(rows, [0..rows.Count])).Positions.ToHashSet();
        return pushed.WithIdle(pushed.Changing.Where(row => !first.Contains(row)));
    }

    private async Task ApplyAsync(WaitingPush push, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await UntilAnsweredAsync(async () =>
            {
                Applied? applied = null;
                while (applied is null)
                {
                    await RestoreAsync(push.Sequence, cancellationToken);
                    applied = await TryApplyAsync(push.Rows, mark, false, cancellationToken);
                }
                return applied;
            }, cancellationToken);
            mark.Advance(push.Sequence + push.Rows.Count, answer.Logged, time.GetUtcNow());
            if (time.GetElapsedTime(markWritten) >= MarkInterval)
            {
                WriteMark();
            }
            push.Done.TrySetResult(answer);
        }
        catch (Exception e) when (IsOfTheRows(e))
        {
            LogUnapplied(e, push.Sequence, push.Rows.Target.Source.Name);
            push.Done.TrySetException(e);
        }
    }

    /// <returns>Null when Redis lacks some of what it must know. What was written all the same, to other partitions, is known there by its offsets.</returns>
    private async Task<Applied?> TryApplyAsync(PushedRows rows, AppliedMark must, bool restoring, CancellationToken cancellationToken)
    {
        try
        {
            return await applier.ApplyAsync(notes.Demand(rows, must), restoring, cancellationToken);
        }
        catch (LostNoteException)
        {
            notes.Doubt();
            return null;
        }
    }

    /// <summary>Other rows may be applied, these never: it is neither Redis, nor the log, nor memory, nor the end.</summary>
    private static bool IsOfTheRows(Exception e) => e is not (RedisException or IOException or InvalidDataException or OutOfMemoryException or ObjectDisposedException or OperationCanceledException);

    private void WriteMark()
    {
        markWritten = time.GetTimestamp();
        try
        {
            if (mark.Known.Count > 0)
            {
                mark.Write(feature.Directory);
            }
        }
        catch (IOException)
        {
            // A full disk, which the next append reports. The older mark stays: more is applied again after a restart, which changes nothing.
        }
    }

    /// <summary>Tries again until Redis answers. Meanwhile pushes are refused, and those that wait are told so.</summary>
    private async Task<T> UntilAnsweredAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        var answer = await UntilAnswered.RunAsync(_ => call(), (_, _) => outage.TrySetResult(), time, cancellationToken);
        if (outage.Task.IsCompleted)
        {
            outage = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        return answer;
    }

    [LoggerMessage(EventName = TelemetryNames.Events.FeatureLogApplied, Level = LogLevel.Information,
        Message = "Applied {Frames} pushes of the log from sequence {FromSequence} on to Redis, which lacked {Rows} rows of them, in {Seconds} s.")]
    private partial void LogReplayed(int frames, long rows, long fromSequence, double seconds);

    [LoggerMessage(EventName = TelemetryNames.Events.FeatureLogUnknownSource, Level = LogLevel.Error,
        Message = "Rows of the log from sequence {Sequence} on are not applied, or not to every view: the push source {PushSource} is gone, or a view needs a field that they lack.")]
    private partial void LogUnfit(long sequence, string pushSource);

    [LoggerMessage(EventName = TelemetryNames.Events.FeatureLogUnapplied, Level = LogLevel.Error, Message = "A push of {PushSource} cannot be applied: its rows from sequence {Sequence} on stay in the log.")]
    private partial void LogUnapplied(Exception e, long sequence, string pushSource);
}
