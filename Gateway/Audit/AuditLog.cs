using System.Threading.Channels;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.Gateway.Audit.Rotation;
using MlAspire.Gateway.Audit.Segments;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Audit;

/// <summary>Where a record is.</summary>
/// <param name="Index">Index of the first one.</param>
/// <param name="TreeSize">Size of the log after it; its checkpoint covers the record.</param>
internal sealed record AuditPosition(long Index, long TreeSize);

/// <summary>The append-only record of every prediction and of every change, with the Merkle tree over it. A record's index is its place in the log, from 0.</summary>
/// <remarks>
/// An acknowledged record is on disk (fsync). One committer takes all waiting appends (at most <see cref="LargestGroup"/>, and none once they are <see cref="LargestGroupBytes"/>) and commits them with one write and one fsync.
/// When a group is answered the next waits for as many again, at most an eighth of the time that the commit took, and 10 ms.
/// At most as many appends wait as one group holds; beyond, a caller waits for its place, and while the disk hangs none is taken. Thread-safe.
/// It is kept in segments (<see cref="AuditSegments"/>). At the start the seals and the newest segment are read; the log does not open when it is shorter than, or differs from, the last checkpoint that was written, or when a segment is missing that it did not itself say it removed.
/// </remarks>
internal sealed partial class AuditLog : IDisposable
{
    public const int LargestGroup = 1_024;
    public const int LargestGroupBytes = 4 << 20; // the last of it may go beyond

    private static readonly TimeSpan LongestPatience = TimeSpan.FromMilliseconds(10);

    private readonly ILogger<AuditLog> log;
    private readonly TimeProvider time;
    private readonly DiskWatch watch;
    private readonly AuditSegments segments;
    private readonly Channel<Append> waiting = Channel.CreateBounded<Append>(new BoundedChannelOptions(LargestGroup) { SingleReader = true, AllowSynchronousContinuations = true }); // an append wakes the committer itself, which waits by its thread
    private readonly Task committer;
    private volatile string? refused;
    private volatile string? failure;
    private long verifyFailures;
    private readonly Ledger ledger;

    /// <exception cref="IOException">The folder cannot be written, or another process has the log open.</exception>
    /// <exception cref="InvalidDataException">The log is damaged, or is not what its last checkpoint says.</exception>
    public AuditLog(IOptions<AuditOptions> options, ILogger<AuditLog> log, TimeProvider time)
    {
        (this.log, this.time, watch) = (log, time, new("The audit log", options.Value.StallsAfter, time));
        Origin = options.Value.Origin;
        segments = new(options.Value, time);
        ledger = new((start, end) => segments.SealedLeaves(SealSignature!, start, end));
        Key = CheckpointKey.ReadOrMake(options.Value.KeyFile is { Length: > 0 } named ? named : Path.Combine(options.Value.Directory, "checkpoint.key"));
        SealSignature = new(Key, Origin);
        try
        {
            RotationMark.Check(options.Value.Directory, Key);
            var torn = segments.Recover(SealSignature, (segment, entry, end) => ledger.Add(segment.First, [(entry, end)]));
            if (torn > 0)
            {
                LogTorn(torn, Count);
            }

            ForgetRemoved();
            CheckRemoved();
            TellUnsigned();
            Checkpointed = CheckpointFile.Check(options.Value.Directory, this);
            File.WriteAllText(Path.Combine(options.Value.Directory, "checkpoint.pub"), Key.PublicPem);
        }
        catch
        {
            segments.Dispose();
            Key.Dispose();
            throw;
        }

        LogOpened(options.Value.Directory, Count);
        committer = Task.Factory.StartNew(CommitUntilClosed, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The log's name.</summary>
    public string Origin { get; }

    /// <summary>Signs the log's checkpoints.</summary>
    public CheckpointKey Key { get; }

    /// <summary>Signs the seals of its segments.</summary>
    public SealSignature SealSignature { get; }

    /// <summary>The records that are of no request, oldest first: what the gateway's state is made of. They stay when their segment is removed.</summary>
    public IReadOnlyList<byte[]> Events => ledger.Events;

    /// <summary>The log's files that are never written again, oldest first.</summary>
    public IReadOnlyList<Segment> EndedSegments => [.. segments.Ended];

    /// <summary>Records that the checkpoint on disk covered when it was opened; -1 when there was none.</summary>
    public long Checkpointed { get; }

    /// <summary>The highest slot of a subject's key that a record named when it was opened; 0 when none did. Seals of before this was kept do not count.</summary>
    public long HighestKey => segments.HighestKey;

    /// <summary>Records that are acknowledged.</summary>
    public long Count => ledger.Count;

    /// <summary>Records that were acknowledged since it was opened, by event.</summary>
    public RecordCounts Acknowledged { get; } = new();

    /// <summary>Why the newest append failed, or none is taken; null while all is well.</summary>
    public string? Failure => failure ?? Stall;

    /// <summary>That one write has taken longer than <see cref="AuditOptions.StallsAfter"/>; null when that is not so.</summary>
    public string? Stall => watch.Stall;

    /// <exception cref="IOException">There is a <see cref="Stall"/>.</exception>
    public void ThrowIfStalled() => watch.ThrowIfStalled();

    /// <summary>How often records, or the log as its witness knows it, were not what was written.</summary>
    public long VerifyFailures => Volatile.Read(ref verifyFailures);

    /// <summary>Whether it takes no record until the restart.</summary>
    public bool IsRefused => refused is not null;

    /// <summary>Whether it is not the one that was seen before: then nothing of it is signed or removed.</summary>
    public bool IsDoubted { get; private set; }

    /// <summary>Takes no record from now on: the log is not what it should be.</summary>
    /// <param name="reason">Its message is what every append says.</param>
    public void Refuse(InvalidDataException reason)
    {
        (refused, failure, IsDoubted) = (reason.Message, reason.Message, true);
        Interlocked.Increment(ref verifyFailures);
        LogRefused(reason, reason.Message);
    }

    /// <summary>Appends records, next to each other; when this returns they are on disk.</summary>
    /// <param name="records">Each without a line feed; at least one.</param>
    /// <param name="cancellationToken">Gives up waiting for a place; what has its place is committed.</param>
    /// <exception cref="IOException">Nothing was appended.</exception>
    public async Task<AuditPosition> AppendAsync(IReadOnlyList<byte[]> records, CancellationToken cancellationToken)
    {
        ThrowIfStalled();
        var append = new Append(records);
        try
        {
            await waiting.Writer.WriteAsync(append, cancellationToken);
        }
        catch (ChannelClosedException e)
        {
            throw new IOException(refused ?? "The audit log is closed.", e);
        }

        return await append.Done.Task;
    }

    /// <summary>What the log is now.</summary>
    public Checkpoint Checkpoint()
    {
        var (size, root) = ledger.Root();
        return new(Origin, size, root);
    }

    /// <summary>The hashes that lead from a record to the root of the first <paramref name="size"/> records; null when there is no such record.</summary>
    public IReadOnlyList<byte[]>? Inclusion(long index, long size) => ledger.Inclusion(index, size);

    /// <summary>The record at an index from 0 to below <see cref="Count"/>; null when it was removed.</summary>
    /// <exception cref="InvalidDataException">It is not on disk what was written.</exception>
    public byte[]? Read(long index)
    {
        try
        {
            return ReadVerified(index);
        }
        catch (InvalidDataException)
        {
            Interlocked.Increment(ref verifyFailures);
            throw;
        }
    }

    private byte[]? ReadVerified(long index)
    {
        var segment = segments.Of(index);
        if (ledger.LineOf(index, segment.First) is not var (start, end, leaf) || AuditSegments.Read(segment, start, end) is not { } record)
        {
            return ledger.EventAt(index);
        }

        return MerkleHash.OfLeaf(record).AsSpan().SequenceEqual(leaf) ? record : throw new InvalidDataException($"Record {index} of the audit log is not what was written.");
    }

    /// <summary>Index of the oldest record that retention has not removed, with all that follow it.</summary>
    public long FirstKept => segments.FirstKept;

    /// <summary>Gives back the memory of the records that were removed.</summary>
    public void ForgetRemoved() => ledger.Forget(FirstKept);

    /// <summary>Index of the log's statement that it removes a segment; null when it did not say so.</summary>
    public long? StatementOf(SealSummary segment) => ledger.StatementOf(segment);

    /// <summary>The indices of a prediction's answers, the oldest first, as its id may have been given more than once (at most <see cref="Ledger.MostAnswers"/>); of its failure when there is no answer; empty when there is neither.</summary>
    /// <param name="id">The prediction's, or a report's (<see cref="Reports.ReportedEvent.Id"/>), of which there is one record.</param>
    public IReadOnlyList<long> Find(string id) => ledger.Find(id);

    /// <summary>The hashes that show the first <paramref name="from"/> records to be the beginning of the first <paramref name="to"/>; null when the log never had these sizes.</summary>
    public IReadOnlyList<byte[]>? Consistency(long from, long to) => ledger.Consistency(from, to);

    /// <summary>The root when the log had <paramref name="size"/> records, which it has had.</summary>
    public byte[] RootAt(long size) => ledger.RootAt(size);

    /// <summary>Ends the committer after what waits is committed.</summary>
    public void Dispose()
    {
        waiting.Writer.TryComplete();
        committer.Wait();
        segments.Dispose();
        Key.Dispose();
    }

    private void CheckRemoved()
    {
        if (segments.All.FirstOrDefault(segment => segment.IsRemoved && StatementOf(segment.Seal!) is null) is { } missing)
        {
            throw new InvalidDataException($"{missing.LogPath} is missing, and no record of the log says that it was removed.");
        }
    }

    /// <summary>Says that removed segments have seals of before seals were signed: what they say beside the hashes nobody can check.</summary>
    private void TellUnsigned()
    {
        if (segments.All.Count(segment => segment is { IsRemoved: true, Seal.IsSigned: false }) is var unsigned and > 0)
        {
            LogUnsigned(unsigned);
        }
    }

    private void CommitUntilClosed()
    {
        var group = new List<Append>(LargestGroup);
        try
        {
            while (waiting.Reader.WaitToReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
            {
                Take(group);
                var started = time.GetTimestamp();
                Commit(group, started);
                Gather(group.Count, time.GetElapsedTime(started) / 8);
            }
        }
        catch (Exception e) // nobody may wait for ever for what ended the committer, whatever it was
        {
            refused = failure = $"The audit log's committer has ended: {e.Message}";
            waiting.Writer.TryComplete();
            do
            {
                group.ForEach(append => append.Done.TrySetException(new IOException(refused, e)));
                Take(group);
            }
            while (group.Count > 0);
            LogFailed(e, segments.All[^1].LogPath);
        }
    }

    private void Take(List<Append> group)
    {
        group.Clear();
        for (var bytes = 0L; group.Count < LargestGroup && bytes < LargestGroupBytes && waiting.Reader.TryRead(out var append); bytes += append.Records.Sum(record => (long)record.Length))
        {
            group.Add(append);
        }
    }

    /// <summary>Those that were just answered often come again at once. Without a little patience for them they would form two groups that take turns, each waiting for the other's fsync.</summary>
    private void Gather(int answered, TimeSpan patience)
    {
        patience = patience < LongestPatience ? patience : LongestPatience; // not after a disk that hung
        if (answered > 1)
        {
            for (var started = time.GetTimestamp(); waiting.Reader.Count < answered && time.GetElapsedTime(started) < patience;)
            {
                Thread.Yield();
            }
        }
    }

    private void Commit(List<Append> group, long started)
    {
        IReadOnlyList<long> lineEnds;
        watch.Begin(started);
        try
        {
            if (refused is { } reason)
            {
                throw new IOException(reason);
            }

            lineEnds = segments.Write([.. group.SelectMany(append => append.Records)], Count);
            failure = null;
        }
        catch (Exception e)
        {
            if (failure is null)
            {
                LogFailed(e, segments.All[^1].LogPath);
            }

            failure = e.Message;
            watch.End();
            group.ForEach(append => append.Done.SetException(e as IOException ?? new IOException(e.Message, e)));
            return;
        }

        watch.End(); // before anyone is told: who appends next finds no write under way
        Acknowledge(group, lineEnds);
    }

    private void Acknowledge(List<Append> group, IReadOnlyList<long> lineEnds)
    {
        var index = Count;
        ledger.Add(segments.All[^1].First, group.SelectMany(append => append.Entries).Zip(lineEnds));
        Acknowledged.Add(group.SelectMany(append => append.Events));
        var size = Count;
        foreach (var append in group)
        {
            append.Done.SetResult(new(index, size));
            index += append.Records.Count;
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.AuditOpened, Level = LogLevel.Information, Message = "Audit log {Path} is open with {Count} records.")]
    private partial void LogOpened(string path, long count);

    [LoggerMessage(EventName = TelemetryNames.Events.AuditTorn, Level = LogLevel.Warning, Message = "The last {Bytes} bytes of the audit log were a torn write and are cut off; {Count} records remain.")]
    private partial void LogTorn(long bytes, long count);

    [LoggerMessage(EventName = TelemetryNames.Events.AuditSealsUnsigned, Level = LogLevel.Warning, Message = "{Count} removed segments of the audit log have seals of before these were signed.")]
    private partial void LogUnsigned(int count);

    [LoggerMessage(EventName = TelemetryNames.Events.AuditFailed, Level = LogLevel.Critical, Message = "Audit log {Path} cannot be written")]
    private partial void LogFailed(Exception exception, string path);

    [LoggerMessage(EventName = TelemetryNames.Events.AuditRefused, Level = LogLevel.Critical, Message = "The audit log is not the one that was seen before, and no record is taken until someone has looked at it: {Reason}")]
    private partial void LogRefused(Exception exception, string reason);

    /// <summary>Records that wait together; hashed by their caller, so that the one committer only writes.</summary>
    private sealed class Append(IReadOnlyList<byte[]> records)
    {
        public IReadOnlyList<byte[]> Records => records;

        public List<SegmentEntry> Entries { get; } = [.. records.Select(record => SegmentEntry.Of(record))];

        public List<string> Events { get; } = [.. records.Select(record => AuditRecord.EventOf(record))];

        public TaskCompletionSource<AuditPosition> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
