namespace MlAspire.FeatureStore.Online;

/// <summary>What a value in an answer is worth.</summary>
internal enum FieldStatus
{
    /// <summary>The value is current.</summary>
    Present,

    /// <summary>The value is there, but its age is over the view's ttl.</summary>
    Stale,

    /// <summary>The entity is known, but no event was in the window.</summary>
    Null,

    /// <summary>Nothing is stored for the entity on the days that the feature reads.</summary>
    NotFound,
}

/// <summary>The names of the statuses in answers and metrics.</summary>
internal static class FieldStatuses
{
    public static string Wire(FieldStatus status) => status switch
    {
        FieldStatus.Present => "PRESENT",
        FieldStatus.Stale => "STALE",
        FieldStatus.Null => "NULL",
        _ => "NOT_FOUND",
    };
}
