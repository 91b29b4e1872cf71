namespace MlAspire.Monitoring.Rollouts;

/// <summary>What becomes of a canary, and why.</summary>
internal sealed record Verdict(VerdictKind Kind, string Reason)
{
    public string Wire => Kind switch
    {
        VerdictKind.Promote => "promote",
        VerdictKind.RollBack => "roll_back",
        _ => "pause",
    };
}

internal enum VerdictKind
{
    /// <summary>It is no worse than its margins by any criterion: it becomes the champion.</summary>
    Promote,

    /// <summary>It is worse than the champion by a criterion: it goes.</summary>
    RollBack,

    /// <summary>The horizon came before the evidence: it waits for a person.</summary>
    Pause,
}
