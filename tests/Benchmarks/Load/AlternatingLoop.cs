namespace MlAspire.Benchmarks.Load;

/// <summary>One client that asks several servers in short turns, on a connection each: whatever the machine does in a moment, it does to all of them.</summary>
internal static class AlternatingLoop
{
    /// <summary>Of one server. A single request each would find the server's threads asleep and its code and data out of the caches, where the other servers' are: what no server under load is.</summary>
    private static readonly TimeSpan TurnLength = TimeSpan.FromMilliseconds(50);

    /// <returns>For each server what it was asked; the time of its waits counts as elapsed.</returns>
    public static Measured[] Run(IReadOnlyList<(int Port, byte[] Request)> servers, TimeSpan length)
    {
        var time = TimeProvider.System;
        var tallies = servers.Select(_ => new Tally()).ToArray();
        var connections = servers.Select(server => new Connection(server.Port, server.Request)).ToArray();
        var started = time.GetTimestamp();
        var random = new Random(20_011);
        var order = Enumerable.Range(0, connections.Length).ToArray();
        while (time.GetElapsedTime(started) < length)
        {
            random.Shuffle(order); // none always finds what the same one has left in the caches and the queues
            foreach (var server in order)
            {
                for (var began = time.GetTimestamp(); time.GetElapsedTime(began) < TurnLength;)
                {
                    var sent = time.GetTimestamp();
                    tallies[server].Add(connections[server].Exchange(), time.GetElapsedTime(sent));
                }
            }
        }

        Array.ForEach(connections, connection => connection.Dispose());
        return [.. tallies.Select(tally => Measured.Of([tally], tally.Latencies.Aggregate(TimeSpan.Zero, (sum, latency) => sum + latency)))];
    }
}
