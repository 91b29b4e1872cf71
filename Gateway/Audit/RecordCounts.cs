namespace MlAspire.Gateway.Audit;

/// <summary>How many records the log has acknowledged since it was opened, by event. Thread-safe.</summary>
internal sealed class RecordCounts
{
    /// <summary>What counts as one event beyond the first <see cref="MostEvents"/>: it becomes a metric's label.</summary>
    public const string Other = "other";

    public const int MostEvents = 64;

    private readonly Lock gate = new(); // guards counts
    private readonly Dictionary<string, long> counts = [];

    /// <summary>All of now.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Now
    {
        get
        {
            lock (gate)
            {
                return [.. counts];
            }
        }
    }

    /// <param name="events">One a record.</param>
    public void Add(IEnumerable<string> events)
    {
        lock (gate)
        {
            foreach (var each in events)
            {
                var name = counts.ContainsKey(each) || counts.Count < MostEvents ? each : Other;
                counts[name] = counts.GetValueOrDefault(name) + 1;
            }
        }
    }
}
