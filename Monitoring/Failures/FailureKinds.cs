using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Failures;

/// <summary>What counts as a failure; a closed set.</summary>
[Flags]
internal enum FailureKinds
{
    None = 0,

    /// <summary>A request that was accepted and not answered.</summary>
    Error = 1,

    /// <summary>An answer of the model's fallback.</summary>
    Fallback = 2,

    /// <summary>An answer that is not what was observed later; answers whose outcome is not known are left out then.</summary>
    WrongLabel = 4,
}

/// <summary>The kinds as questions spell them.</summary>
internal static class FailureKindNames
{
    private static readonly (string Name, FailureKinds Kind)[] All = [("error", FailureKinds.Error), ("fallback", FailureKinds.Fallback), ("wrong_label", FailureKinds.WrongLabel)];

    public static string Of(FailureKinds kinds) => string.Join(",", All.Where(entry => kinds.HasFlag(entry.Kind)).Select(entry => entry.Name));

    /// <summary>Reads <c>error,fallback</c>.</summary>
    /// <exception cref="ServiceError">InvalidArgument (field <c>failure</c>): a kind is not known, or there is none; <c>wrong_label</c>, which is of a row, beside others, which are of a request.</exception>
    public static FailureKinds Parse(string text)
    {
        var kinds = FailureKinds.None;
        foreach (var name in text.Split(','))
        {
            var kind = All.FirstOrDefault(entry => entry.Name == name).Kind;
            kinds |= kind != FailureKinds.None ? kind : throw Unusable();
        }

        return kinds == FailureKinds.WrongLabel || !kinds.HasFlag(FailureKinds.WrongLabel) ? kinds : throw Unusable();
    }

    private static ServiceError Unusable() => new(ErrorCode.InvalidArgument, "must be error, fallback or both, or wrong_label by itself", "failure");
}
