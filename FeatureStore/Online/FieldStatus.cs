namespace MlAspire.FeatureStore.Online;

/// <summary>What a value in an answer is worth. In columns of bytes each is its number.</summary>
public enum FieldStatus : byte
{
    /// <summary>The value is current.</summary>
    Present,

    /// <summary>The value is there, but its age is over the view's ttl.</summary>
    Stale,

    /// <summary>There was a value, but its age is over the view's retention: it is not answered.</summary>
    Expired,

    /// <summary>The entity is known, but no event was in the window, or its row was written without this value.</summary>
    Null,

    /// <summary>Nothing is stored for the entity, or nothing that was true at the moment asked about.</summary>
    NotFound,

    /// <summary>The store could not be read: the value is the one that the feature service declares for that.</summary>
    Default,
}

/// <summary>The names of the statuses in answers and metrics.</summary>
internal static class FieldStatuses
{
    /// <summary>How many there are; each is less.</summary>
    public const int Count = (int)FieldStatus.Default + 1;

    public static string Wire(FieldStatus status) => status switch
    {
        FieldStatus.Present => "PRESENT",
        FieldStatus.Stale => "STALE",
        FieldStatus.Expired => "EXPIRED",
        FieldStatus.Null => "NULL",
        FieldStatus.NotFound => "NOT_FOUND",
        _ => "DEFAULT",
    };

    /// <summary>Whether a value stands beside the status.</summary>
    public static bool HasValue(FieldStatus status) => status is FieldStatus.Present or FieldStatus.Stale or FieldStatus.Default;
}
