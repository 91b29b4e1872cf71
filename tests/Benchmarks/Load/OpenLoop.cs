namespace MlAspire.Benchmarks.Load;

/// <summary>Requests that are due at moments of their own (a Poisson process), whatever the server does. A request that finds every connection busy waits, and its wait counts.</summary>
internal static class OpenLoop
{
    /// <param name="rate">Requests offered a second.</param>
    /// <param name="connections">Bound of the requests under way.</param>
    public static Measured Run(int port, byte[] request, double rate, int connections, TimeSpan length)
    {
        var time = TimeProvider.System;
        var due = Due(rate, length);
        var next = -1;
        var started = time.GetTimestamp();
        var tallies = Enumerable.Range(0, connections).Select(_ => new Tally()).ToArray();
        var threads = tallies.Select(tally => new Thread(() =>
        {
            using var connection = new Connection(port, request);
            for (var i = Interlocked.Increment(ref next); i < due.Length; i = Interlocked.Increment(ref next))
            {
                // An idle connection wakes a little after the moment; that is the client's doing, so its request counts from when it is sent.
                var early = due[i] - time.GetElapsedTime(started);
                Pause.For(early);
                var sent = time.GetTimestamp();
                var late = early > TimeSpan.Zero ? TimeSpan.Zero : -early;
                tally.Add(connection.Exchange(), late + time.GetElapsedTime(sent));
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return Measured.Of(tallies, time.GetElapsedTime(started));
    }

    private static TimeSpan[] Due(double rate, TimeSpan length)
    {
        var random = new Random(5);
        var due = new List<TimeSpan>();
        for (var at = 0.0; at < length.TotalSeconds; at += -Math.Log(1 - random.NextDouble()) / rate)
        {
            due.Add(TimeSpan.FromSeconds(at));
        }

        return [.. due];
    }
}
