using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Limits;

/// <summary>A request's place among those in progress; disposing gives it back.</summary>
internal sealed class Place(TimeProvider time, Action<Measured> leave) : IDisposable
{
    private Measured measured;

    /// <summary>Runs what counts as the request's latency: a caller that is slow to send its body, or an answer that was kept, says nothing about how busy we are.</summary>
    public async Task<T> MeasureAsync<T>(Func<Task<T>> work)
    {
        var started = time.GetTimestamp();
        var outcome = PlaceOutcome.Other;
        try
        {
            var result = await work();
            outcome = PlaceOutcome.Answered;
            return result;
        }
        catch (ServiceError e)
        {
            outcome = e.Code switch
            {
                ErrorCode.DeadlineExceeded => PlaceOutcome.TooLate,
                ErrorCode.Overloaded => PlaceOutcome.Dropped,
                _ => PlaceOutcome.Other,
            };
            throw;
        }
        finally
        {
            measured = new(outcome, time.GetElapsedTime(started).TotalSeconds);
        }
    }

    public void Dispose() => leave(measured);
}

/// <summary>How long the work behind a place took, and how it ended.</summary>
internal readonly record struct Measured(PlaceOutcome Outcome, double Seconds);

internal enum PlaceOutcome
{
    /// <summary>Nothing was measured, or it failed for a reason that has nothing to do with load.</summary>
    Other,

    Answered,

    /// <summary>It ran out of time, so it would have taken longer than it did.</summary>
    TooLate,

    /// <summary>A called service had too many requests.</summary>
    Dropped,
}
