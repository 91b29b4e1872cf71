namespace MlAspire.ServiceDefaults.Http;

/// <summary>The moment by which a request must be answered; its token fires then, or when the caller goes away.</summary>
public sealed class Deadline : IDisposable
{
    private readonly TimeProvider time;
    private readonly TimeSpan timeout;
    private readonly long started;
    private readonly CancellationToken caller;
    private readonly CancellationTokenSource timer;
    private readonly CancellationTokenSource either;

    public Deadline(TimeSpan timeout, TimeProvider time, CancellationToken caller)
    {
        this.time = time;
        this.timeout = timeout;
        this.caller = caller;
        started = time.GetTimestamp();
        timer = new(timeout, time);
        either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, caller);
    }

    /// <summary>Cancelled when the time is over, and when the caller goes away.</summary>
    public CancellationToken Token => either.Token;

    /// <summary>Whether the time is over and not the caller gone.</summary>
    public bool Passed => timer.IsCancellationRequested && !caller.IsCancellationRequested;

    public TimeSpan Left => timeout - time.GetElapsedTime(started);

    /// <summary>One at half of the time that is left, which also ends with this one; this one is its caller.</summary>
    public Deadline Half() => new(Left > TimeSpan.Zero ? Left / 2 : TimeSpan.Zero, time, Token);

    /// <summary>Tells the next hop how long it has.</summary>
    public void SendWith(HttpRequestMessage message) => message.WithTimeLeft(() => Left);

    public void Dispose()
    {
        either.Dispose();
        timer.Dispose();
    }
}
