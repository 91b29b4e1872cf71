namespace MlAspire.FeatureStore.PointInTime;

/// <summary>The spine's rows and the events, each in the order of time, as one: an event comes before the rows that are after it.</summary>
internal sealed class Timeline : IDisposable
{
    private readonly IEnumerator<SortedRecord> rows;
    private readonly IEnumerator<SortedRecord> events;
    private bool moreRows;
    private bool moreEvents;

    public Timeline(IEnumerable<SortedRecord> rows, IEnumerable<SortedRecord> events)
    {
        (this.rows, this.events) = (rows.GetEnumerator(), events.GetEnumerator());
        (moreRows, moreEvents) = (this.rows.MoveNext(), this.events.MoveNext());
    }

    /// <summary>A step with what comes next, as much as it takes; empty when no row is left, whose events nobody sees.</summary>
    public void Fill(JoinStep step, AddRow add)
    {
        step.Clear();
        while (moreRows && !step.IsFull)
        {
            if (moreEvents && events.Current.First < rows.Current.First)
            {
                step.AddEvent(events.Current);
                moreEvents = events.MoveNext();
            }
            else
            {
                add(step, rows.Current);
                moreRows = rows.MoveNext();
            }
        }
    }

    public void Dispose()
    {
        rows.Dispose();
        events.Dispose();
    }

    /// <summary>How a row of the spine gets into a step.</summary>
    internal delegate void AddRow(JoinStep step, in SortedRecord row);
}
