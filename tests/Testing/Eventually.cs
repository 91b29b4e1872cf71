namespace MlAspire.Testing;

/// <summary>Bounded waiting for what has no event to await: another process, a socket, a background loop's effect.</summary>
public static class Eventually
{
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(20);

    /// <summary>Asks until the answer is true.</summary>
    /// <param name="what">What is waited for, as the failure will say it: "the consumer group to reach lag 0".</param>
    /// <exception cref="TimeoutException">It did not come true within the limit; the last exception of <paramref name="condition"/> is inside.</exception>
    public static Task TrueAsync(string what, Func<Task<bool>> condition, TimeSpan? limit = null) =>
        ValueAsync(what, async () => await condition() ? "" : null, limit);

    /// <inheritdoc cref="TrueAsync(string, Func{Task{bool}}, TimeSpan?)"/>
    public static Task TrueAsync(string what, Func<bool> condition, TimeSpan? limit = null) => TrueAsync(what, () => Task.FromResult(condition()), limit);

    /// <summary>Asks until the answer is not null, and returns it.</summary>
    /// <exception cref="TimeoutException">It stayed null within the limit.</exception>
    public static async Task<T> ValueAsync<T>(string what, Func<Task<T?>> probe, TimeSpan? limit = null)
        where T : class
    {
        using var timeout = new CancellationTokenSource(limit ?? DefaultLimit);
        Exception? last = null;
        while (!timeout.IsCancellationRequested)
        {
            try
            {
                if (await probe().WaitAsync(timeout.Token) is { } value) // a probe may hang: one whose port was its own peer's talks to itself
                {
                    return value;
                }

                last = null;
            }
            catch (Exception exception) // whatever the probe throws may be what is being waited out; the last one is reported
            {
                last = exception;
            }

            await Task.Delay(20, CancellationToken.None);
        }

        throw new TimeoutException($"Waited {(limit ?? DefaultLimit).TotalSeconds:0.#} s for {what}.", last);
    }

    /// <summary>Awaits a task with a limit that says what was missing.</summary>
    public static async Task<T> WithinAsync<T>(this Task<T> task, string what, TimeSpan? limit = null)
    {
        await ((Task)task).WithinAsync(what, limit);
        return await task;
    }

    /// <inheritdoc cref="WithinAsync{T}(Task{T}, string, TimeSpan?)"/>
    public static async Task WithinAsync(this Task task, string what, TimeSpan? limit = null)
    {
        if (await Task.WhenAny(task, Task.Delay(limit ?? DefaultLimit)) != task)
        {
            throw new TimeoutException($"Waited {(limit ?? DefaultLimit).TotalSeconds:0.#} s for {what}.");
        }

        await task;
    }
}
