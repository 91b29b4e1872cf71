using System.Globalization;

namespace MlAspire.Gateway.Pipeline;

/// <summary>The moment by which a request must be answered; its token fires then, or when the caller goes away.</summary>
internal sealed class Deadline : IDisposable
{
    /// <summary>Header with the milliseconds that are left, in and out.</summary>
    public const string Header = "x-request-timeout-ms";

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

    public CancellationToken Token => either.Token;

    /// <summary>Whether the time is over and not the caller gone.</summary>
    public bool Passed => timer.IsCancellationRequested && !caller.IsCancellationRequested;

    /// <summary>What is left, at least 1 ms: a hop that gets nothing would not say why it refuses.</summary>
    public long RemainingMilliseconds => Math.Max(1, (long)(timeout - time.GetElapsedTime(started)).TotalMilliseconds);

    /// <summary>Tells the next hop how long it has.</summary>
    public void SendWith(HttpRequestMessage message) => message.Headers.Add(Header, RemainingMilliseconds.ToString(CultureInfo.InvariantCulture));

    public void Dispose()
    {
        either.Dispose();
        timer.Dispose();
    }
}
