using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Gateway.Audit;

/// <summary>Changes of one thing, each in the audit log before it holds. Thread-safe.</summary>
/// <param name="what">Is changed: the subject of messages.</param>
/// <param name="audit">The log.</param>
/// <param name="stallsAfter">How long one waits for its turn, and then for its record: <see cref="AuditOptions.StallsAfter"/>.</param>
/// <param name="time">Its clock.</param>
internal sealed class RecordedChanges(string what, AuditLog audit, TimeSpan stallsAfter, TimeProvider time) : IDisposable
{
    // Held by a change from reading what holds to applying it, also when nobody waits for it any more: the log's order is the order in which changes hold.
    private readonly SemaphoreSlim changing = new(1);

    /// <param name="make">The change, of what holds now; null when nothing is to be changed.</param>
    /// <param name="type">Of its record.</param>
    /// <param name="apply">Makes it hold. When the record comes later than this returns, then.</param>
    /// <param name="cancellationToken">Gives up before the record has its place in the log.</param>
    /// <returns>What <paramref name="make"/> said.</returns>
    /// <exception cref="ServiceError">As <paramref name="make"/> says. Unavailable: the record could not be written, and nothing has changed; or the disk hangs, and the change holds once its record is written.</exception>
    public async Task<T?> RunAsync<T>(Func<T?> make, JsonTypeInfo<T> type, Action<T> apply, CancellationToken cancellationToken)
        where T : class
    {
        using var deadline = new Deadline(stallsAfter, time, cancellationToken);
        try
        {
            audit.ThrowIfStalled(); // whoever has the turn may wait for the disk
            await changing.WaitAsync(deadline.Token);
            return await RecordAsync(make, type, apply, cancellationToken).WaitAsync(stallsAfter, time, CancellationToken.None);
        }
        catch (TimeoutException e)
        {
            throw new ServiceError(ErrorCode.Unavailable, $"The audit log's disk hangs; the {what} will have changed if the record is still written. Read it before you ask again.", e);
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && deadline.Passed))
        {
            throw new ServiceError(ErrorCode.Unavailable, $"The audit log cannot be written; the {what} is unchanged.", e);
        }
    }

    public void Dispose() => changing.Dispose();

    private async Task<T?> RecordAsync<T>(Func<T?> make, JsonTypeInfo<T> type, Action<T> apply, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            if (make() is not { } change)
            {
                return null;
            }

            await audit.AppendAsync([JsonSerializer.SerializeToUtf8Bytes(change, type)], cancellationToken);
            apply(change);
            return change;
        }
        finally
        {
            changing.Release();
        }
    }
}
