namespace MlAspire.Benchmarks.Load;

/// <summary>Callers of this process that each begin their next call when the last has ended.</summary>
internal static class AsyncLoop
{
    public static async Task<Measured> RunAsync(Func<Task> call, int callers, TimeSpan length)
    {
        var time = TimeProvider.System;
        var started = time.GetTimestamp();
        var tallies = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            var tally = new Tally();
            while (time.GetElapsedTime(started) < length)
            {
                var began = time.GetTimestamp();
                await call();
                tally.Add(200, time.GetElapsedTime(began));
            }
            return tally;
        })));
        return Measured.Of(tallies, time.GetElapsedTime(started));
    }
}
