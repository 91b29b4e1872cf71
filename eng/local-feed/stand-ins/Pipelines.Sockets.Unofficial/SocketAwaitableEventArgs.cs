using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Pipelines.Sockets.Unofficial;

/// <summary>
/// Event args that can be awaited for one socket operation: <c>if (!socket.ConnectAsync(args)) { args.Complete(); } await args;</c>.
/// </summary>
/// <param name="ioScheduler">Where the awaiting code goes on; null = where the operation completes.</param>
public class SocketAwaitableEventArgs(PipeScheduler? ioScheduler = null) : SocketAsyncEventArgs, ICriticalNotifyCompletion
{
    // The first of completion and abort wins.
    private readonly TaskCompletionSource<int> outcome = new();

    public bool IsCompleted => outcome.Task.IsCompleted;

    public SocketAwaitableEventArgs GetAwaiter() => this;

    /// <summary>The number of bytes that the operation moved.</summary>
    /// <exception cref="SocketException">The operation failed or was aborted.</exception>
    public int GetResult() => outcome.Task.GetAwaiter().GetResult();

    /// <summary>To be called when the operation completed at once, so that no event follows.</summary>
    public void Complete()
    {
        if (SocketError == SocketError.Success)
        {
            outcome.TrySetResult(BytesTransferred);
        }
        else
        {
            outcome.TrySetException(new SocketException((int)SocketError));
        }
    }

    /// <summary>Lets the awaiting code fail with <paramref name="error"/> at once, whatever becomes of the operation.</summary>
    public void Abort(SocketError error = SocketError.OperationAborted)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(error, SocketError.Success);
        outcome.TrySetException(new SocketException((int)error));
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        var resume = ioScheduler is null ? continuation : () => ioScheduler.Schedule(static action => ((Action)action!)(), continuation);
        outcome.Task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(resume);
    }

    protected override void OnCompleted(SocketAsyncEventArgs e) => Complete();
}
