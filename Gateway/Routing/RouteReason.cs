using System.Text.Json;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Routing;

/// <summary>What may come with a promotion, a roll back, a pause or a resumption; nothing need be said.</summary>
/// <param name="Reason">Why, at most 500 characters, for the record of the change; without what looks like a secret.</param>
/// <param name="Evidence">The figures it rests on, at most 4,096 characters of JSON, for the record; without the secrets in them.</param>
/// <param name="Since">Timestamp of the change that it is about: when there is a newer one, nothing is changed.</param>
public sealed record RouteReason(string? Reason = null, JsonElement? Evidence = null, DateTimeOffset? Since = null)
{
    private const int LongestReason = 500;
    private const int LongestEvidence = 4_096;

    /// <exception cref="ServiceError">InvalidArgument: names what is too long.</exception>
    public void Check()
    {
        List<FieldError> problems = [];
        if (Reason?.Length > LongestReason)
        {
            problems.Add(new("reason", $"must have at most {LongestReason} characters"));
        }

        if (Evidence?.GetRawText().Length > LongestEvidence)
        {
            problems.Add(new("evidence", $"must have at most {LongestEvidence} characters"));
        }

        if (problems.Count > 0)
        {
            throw ServiceError.Many(ErrorCode.InvalidArgument, problems);
        }
    }

    /// <exception cref="ServiceError">Aborted: another change has come since.</exception>
    internal void CheckNewest(IReadOnlyList<RouteChange> history)
    {
        if (Since is { } since && !(history is [.., var newest] && newest.Timestamp == since))
        {
            throw new ServiceError(ErrorCode.Aborted, "The route was changed since.", "since");
        }
    }
}
