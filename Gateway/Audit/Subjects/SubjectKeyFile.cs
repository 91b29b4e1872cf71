using Microsoft.Win32.SafeHandles;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.Gateway.Audit.Subjects;

/// <summary>The file of the subjects' keys: slots of <see cref="SlotBytes"/>, forced to disk by a thread of its own, once for all who wait.</summary>
/// <remarks>Slots are read and written by who owns them; the rest is thread-safe.</remarks>
/// <param name="path">Made when it is missing.</param>
/// <param name="stallsAfter">As <see cref="AuditOptions.StallsAfter"/>.</param>
/// <param name="time">Tells when the disk hangs.</param>
internal sealed class SubjectKeyFile(string path, TimeSpan stallsAfter, TimeProvider time) : IDisposable
{
    public const int SlotBytes = 128;

    private const int MostWaiting = AuditLog.LargestGroup;

    private readonly SafeFileHandle file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
    private readonly DiskWatch watch = new("The key file of subjects", stallsAfter, time);
    private readonly Lock flushing = new(); // guards the next two
    private Task running = Task.CompletedTask;
    private Task? following; // has not begun: what was written until now is on disk when it is done
    private long flushed; // written by the one flush that runs
    private int waiters;
    private volatile Unwritten? unwritten;
    private volatile string? unflushed;

    /// <summary>Slots that it has room for until now.</summary>
    public long Slots => RandomAccess.GetLength(file) / SlotBytes;

    /// <summary>The slots below are on disk, or nobody's.</summary>
    public long Flushed => Volatile.Read(ref flushed);

    /// <summary>That the disk has taken longer than <see cref="AuditOptions.StallsAfter"/>; null when that is not so.</summary>
    public string? Stall => watch.Stall;

    /// <summary>Why the newest slot could not be written, or the file not forced to disk; null when the next try could.</summary>
    public string? Failure => (unwritten?.Reason ?? unflushed) is { } reason ? $"The key file of subjects cannot be written: {reason}" : null;

    /// <summary>How many slots there are when a flush begins, and who is told of a flush that failed: the slots from and to which nothing may be on disk.</summary>
    public required (Func<long> Written, Action<long, long> Forget) Owner { get; init; }

    /// <exception cref="IOException">The disk hangs.</exception>
    public void ThrowIfStalled() => watch.ThrowIfStalled();

    /// <exception cref="InvalidDataException">The file is shorter.</exception>
    public void Read(long slot, Span<byte> bytes)
    {
        if (RandomAccess.Read(file, bytes, slot * SlotBytes) != SlotBytes)
        {
            throw new InvalidDataException($"{path} is shorter than its keys.");
        }
    }

    /// <exception cref="IOException">It is not written.</exception>
    public void Write(long slot, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(file, bytes, slot * SlotBytes);
            unwritten = unwritten is { } failed && failed.Slot > slot ? failed : null; // a slot that is there can be written while the file cannot grow
        }
        catch (ArgumentOutOfRangeException e)
        {
            unwritten = new(slot, e.Message);
            throw new IOException($"{path} is over the process's limit: {e.Message}", e); // EFBIG
        }
        catch (IOException e)
        {
            unwritten = new(slot, e.Message);
            throw;
        }
    }

    /// <summary>Forces the file to disk at the start, when nobody waits.</summary>
    /// <param name="slots">That it has.</param>
    /// <exception cref="IOException">It may not be there.</exception>
    public void Flush(long slots)
    {
        DiskFlush.File(file);
        flushed = slots;
    }

    /// <summary>Done when what was written until now is on disk.</summary>
    /// <exception cref="IOException">It is not, the disk hangs, or too many wait.</exception>
    public async Task FlushAsync()
    {
        watch.ThrowIfStalled();
        try
        {
            if (Interlocked.Increment(ref waiters) > MostWaiting)
            {
                throw new IOException("As many wait for the subjects' keys as may.");
            }

            Task flush;
            lock (flushing)
            {
                flush = following ??= FollowAsync(running);
            }

            await flush;
        }
        finally
        {
            Interlocked.Decrement(ref waiters);
        }
    }

    public void Dispose() => file.Dispose();

    private async Task FollowAsync(Task before)
    {
        await Task.WhenAny(before); // however it ended
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously); // who waited does not go on by the thread that wrote
        _ = Task.Factory.StartNew(() => Flush(done), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default); // it may hang
        await done.Task;
    }

    private void Flush(TaskCompletionSource done)
    {
        lock (flushing)
        {
            (running, following) = (following!, null);
        }

        var written = Owner.Written();
        Exception? failure = null;
        watch.Begin(time.GetTimestamp());
        try
        {
            DiskFlush.File(file);
        }
        catch (IOException e)
        {
            failure = e;
            Owner.Forget(flushed, written);
        }

        watch.End();
        unflushed = failure?.Message;
        Volatile.Write(ref flushed, written);
        _ = failure is null ? done.TrySetResult() : done.TrySetException(failure);
    }

    private sealed record Unwritten(long Slot, string Reason);
}
