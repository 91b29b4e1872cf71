using System.Threading.Channels;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit.Proofs;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Audit;

/// <summary>Where a record is.</summary>
/// <param name="Index">Index of the first one.</param>
/// <param name="TreeSize">Size of the log after it; its checkpoint covers the record.</param>
internal sealed record AuditPosition(long Index, long TreeSize);

/// <summary>The append-only record of every prediction and of every change, with the Merkle tree over it. A record's index is its place in the log, from 0.</summary>
/// <remarks>
/// An acknowledged record is on disk (fsync). One committer takes all waiting appends (at most <see cref="LargestGroup"/>) and commits them with one write and one fsync.
/// When a group is answered the next waits for as many again, at most an eighth of the time that the commit took.
/// At most as many appends wait as one group holds; beyond, a caller waits for its place. Thread-safe.
/// At the start every record is read, checked and hashed; the log does not open when it is shorter than, or differs from, the last checkpoint that was written.
/// </remarks>
internal sealed partial class AuditLog : IDisposable
{
    public const int LargestGroup = 1_024;

    private readonly ILogger<AuditLog> log;
    private readonly TimeProvider time;
    private readonly AuditFile file;
    private readonly Channel<Append> waiting = Channel.CreateBounded<Append>(new BoundedChannelOptions(LargestGroup) { SingleReader = true });
    private readonly Task committer;
    private volatile string? refused;
    private readonly List<byte[]> events = [];

    private readonly Lock gate = new(); // guards the tree, the offsets and the index of predictions
    private readonly MerkleTree tree = new();
    private readonly List<long> offsets = [];
    private readonly PredictionIndex predictions = new();

    /// <exception cref="IOException">The folder cannot be written, or another process has the log open.</exception>
    /// <exception cref="InvalidDataException">The log is damaged, or is not what its last checkpoint says.</exception>
    public AuditLog(IOptions<AuditOptions> options, ILogger<AuditLog> log, TimeProvider time)
    {
        (this.log, this.time) = (log, time);
        Origin = options.Value.Origin;
        file = new(options.Value.Directory);
        Key = CheckpointKey.ReadOrMake(options.Value.KeyFile is { Length: > 0 } named ? named : Path.Combine(options.Value.Directory, "checkpoint.key"));
        try
        {
            var torn = file.Recover(Recovered);
            if (torn > 0)
            {
                LogTorn(torn, Count);
            }

            CheckpointFile.Check(options.Value.Directory, this);
            File.WriteAllText(Path.Combine(options.Value.Directory, "checkpoint.pub"), Key.PublicPem);
        }
        catch
        {
            file.Dispose();
            Key.Dispose();
            throw;
        }

        LogOpened(file.FullPath, Count);
        committer = Task.Factory.StartNew(Commit, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>The log's name.</summary>
    public string Origin { get; }

    /// <summary>Signs the log's checkpoints.</summary>
    public CheckpointKey Key { get; }

    /// <summary>The records at the start that were no predictions, oldest first: what the gateway rebuilds its state from.</summary>
    public IReadOnlyList<byte[]> Events => events;

    /// <summary>Records that are acknowledged.</summary>
    public long Count
    {
        get
        {
            lock (gate)
            {
                return tree.Size;
            }
        }
    }

    /// <summary>Why the newest append failed; null while all is well.</summary>
    public string? Failure { get; private set; }

    /// <summary>Takes no record from now on: the log is not what it should be.</summary>
    /// <param name="reason">What every append says.</param>
    public void Refuse(string reason) => refused = Failure = reason;

    /// <summary>Appends records, next to each other; when this returns they are on disk.</summary>
    /// <param name="records">Each without a line feed; at least one.</param>
    /// <param name="cancellation">Gives up waiting for a place; what has its place is committed.</param>
    /// <exception cref="IOException">Nothing was appended.</exception>
    public async Task<AuditPosition> AppendAsync(IReadOnlyList<byte[]> records, CancellationToken cancellation)
    {
        var append = new Append(records);
        await waiting.Writer.WriteAsync(append, cancellation).ConfigureAwait(false);
        return await append.Done.Task.ConfigureAwait(false);
    }

    /// <summary>What the log is now.</summary>
    public Checkpoint Checkpoint()
    {
        lock (gate)
        {
            return new(Origin, tree.Size, tree.Root());
        }
    }

    /// <summary>A record, and the hashes that lead to the root of the first <paramref name="size"/> records; null when there is no such record.</summary>
    public (byte[] Record, IReadOnlyList<byte[]> Proof)? Find(long index, long size)
    {
        long offset, end;
        IReadOnlyList<byte[]> proof;
        lock (gate)
        {
            if (index < 0 || index >= size || size > tree.Size)
            {
                return null;
            }

            (offset, end) = (offsets[(int)index], index + 1 < offsets.Count ? offsets[(int)index + 1] : file.End);
            proof = tree.InclusionProof(index, size);
        }

        return (file.Read(offset, end), proof);
    }

    /// <summary>The record at an index below <see cref="Count"/>.</summary>
    public byte[] Read(long index) => Find(index, index + 1)!.Value.Record;

    /// <summary>The index of a prediction's record, the newest when its id was given more than once; null when there is none.</summary>
    public long? Find(string predictionId)
    {
        lock (gate)
        {
            return predictions.Find(predictionId);
        }
    }

    /// <summary>The hashes that show the first <paramref name="from"/> records to be the beginning of the first <paramref name="to"/>; null when the log never had these sizes.</summary>
    public IReadOnlyList<byte[]>? Consistency(long from, long to)
    {
        lock (gate)
        {
            return from < 0 || from > to || to > tree.Size ? null : tree.ConsistencyProof(from, to);
        }
    }

    /// <summary>The root when the log had <paramref name="size"/> records, which it has had.</summary>
    public byte[] RootAt(long size)
    {
        lock (gate)
        {
            return tree.Root(size);
        }
    }

    /// <summary>Ends the committer after what waits is committed.</summary>
    public void Dispose()
    {
        if (waiting.Writer.TryComplete())
        {
            committer.Wait();
            file.Dispose();
            Key.Dispose();
        }
    }

    private void Recovered(long index, long offset, ReadOnlySpan<byte> record)
    {
        tree.Append(MerkleHash.OfLeaf(record));
        offsets.Add(offset);
        predictions.Add(PredictionIndex.KeyOf(record), index);
        if (!AuditRecord.IsPrediction(record))
        {
            events.Add(record.ToArray());
        }
    }

    private void Commit()
    {
        var group = new List<Append>(LargestGroup);
        while (waiting.Reader.WaitToReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
        {
            group.Clear();
            while (group.Count < LargestGroup && waiting.Reader.TryRead(out var append))
            {
                group.Add(append);
            }

            var started = time.GetTimestamp();
            Commit(group);
            Gather(group.Count, time.GetElapsedTime(started) / 8);
        }
    }

    /// <summary>Those that were just answered often come again at once. Without a little patience for them they would form two groups that take turns, each waiting for the other's fsync.</summary>
    private void Gather(int answered, TimeSpan patience)
    {
        if (answered > 1)
        {
            for (var started = time.GetTimestamp(); waiting.Reader.Count < answered && time.GetElapsedTime(started) < patience;)
            {
                Thread.Yield();
            }
        }
    }

    private void Commit(List<Append> group)
    {
        using var lines = new MemoryStream();
        List<long> starts = [];
        foreach (var record in group.SelectMany(append => append.Records))
        {
            starts.Add(file.End + lines.Length);
            AuditLine.Write(lines, record);
        }

        try
        {
            if (refused is { } reason)
            {
                throw new IOException(reason);
            }

            file.Write(lines.GetBuffer().AsSpan(0, (int)lines.Length));
            Failure = null;
        }
        catch (Exception e)
        {
            Failure = e.Message;
            LogFailed(e, file.FullPath);
            group.ForEach(append => append.Done.SetException(e as IOException ?? new IOException(e.Message, e)));
            return;
        }

        Acknowledge(group, starts);
    }

    private void Acknowledge(List<Append> group, List<long> starts)
    {
        var index = Count;
        lock (gate)
        {
            offsets.AddRange(starts);
            foreach (var (leaf, key) in group.SelectMany(append => append.Leaves))
            {
                predictions.Add(key, tree.Size);
                tree.Append(leaf);
            }
        }

        var size = index + starts.Count;
        foreach (var append in group)
        {
            append.Done.SetResult(new(index, size));
            index += append.Records.Count;
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.AuditOpened, Level = LogLevel.Information, Message = "Audit log {Path} is open with {Count} records.")]
    private partial void LogOpened(string path, long count);

    [LoggerMessage(EventName = TelemetryNames.Events.AuditTorn, Level = LogLevel.Warning, Message = "The last {Bytes} bytes of the audit log were a torn record and are cut off; {Count} records remain.")]
    private partial void LogTorn(long bytes, long count);

    [LoggerMessage(EventName = TelemetryNames.Events.AuditFailed, Level = LogLevel.Critical, Message = "Audit log {Path} cannot be written")]
    private partial void LogFailed(Exception exception, string path);

    /// <summary>Records that wait together; hashed by their caller, so that the one committer only writes.</summary>
    private sealed class Append(IReadOnlyList<byte[]> records)
    {
        public IReadOnlyList<byte[]> Records => records;

        public List<(byte[] Leaf, UInt128? Key)> Leaves { get; } = [.. records.Select(record => (MerkleHash.OfLeaf(record), PredictionIndex.KeyOf(record)))];

        public TaskCompletionSource<AuditPosition> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
