namespace Aspire.Hosting.Health;

/// <summary>Ends a wait early. Set while nobody waits, it ends the next wait at once. Thread-safe.</summary>
internal sealed class Signal
{
    private TaskCompletionSource set = New();

    public void Set() => Volatile.Read(ref set).TrySetResult();

    /// <summary>Waits for the signal or the end of <paramref name="longest"/>, and takes the signal back.</summary>
    public async Task WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var current = Volatile.Read(ref set);
        await Task.WhenAny(current.Task, Task.Delay(longest, time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        if (current.Task.IsCompleted)
        {
            Volatile.Write(ref set, New());
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
