namespace MlAspire.FeatureStore.Registry;

/// <summary>A stream of events that is pushed: one typed row an event.</summary>
/// <param name="EventTime">Name of the column with the moment of the event (ISO 8601 with its UTC offset); not one of <paramref name="Fields"/>.</param>
internal sealed record PushSource(string Name, string EventTime, IReadOnlyList<Field> Fields)
{
    /// <summary>Field that names the event: one that was counted within the <see cref="Lateness"/> is not counted again, whoever sends it; null = rows are known by their offsets alone.</summary>
    public string? EventId { get; init; }

    /// <summary>How far behind the watermark, the newest event time, a row may come; null = none is late.</summary>
    public TimeSpan? Lateness { get; init; }

    public LateRows Late { get; init; }

    /// <summary>Index of the field in <see cref="Fields"/>, or -1.</summary>
    public int IndexOf(string field)
    {
        for (var i = 0; i < Fields.Count; i++)
        {
            if (string.Equals(Fields[i].Name, field, StringComparison.Ordinal))
            {
                return i;
            }
        }
        return -1;
    }
}
