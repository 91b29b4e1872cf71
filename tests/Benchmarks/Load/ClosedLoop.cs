namespace MlAspire.Benchmarks.Load;

/// <summary>Connections that each send their next request when the last has been answered.</summary>
internal static class ClosedLoop
{
    public static Measured Run(int port, byte[] request, int connections, TimeSpan length)
    {
        var time = TimeProvider.System;
        var started = time.GetTimestamp();
        var tallies = Enumerable.Range(0, connections).Select(_ => new Tally()).ToArray();
        var threads = tallies.Select(tally => new Thread(() =>
        {
            using var connection = new Connection(port, request);
            while (time.GetElapsedTime(started) < length)
            {
                var sent = time.GetTimestamp();
                tally.Add(connection.Exchange(), time.GetElapsedTime(sent));
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return Measured.Of(tallies, time.GetElapsedTime(started));
    }
}
