using System.Text.Json;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Audit.Reports;

/// <summary>What another service did or noticed, for the audit log: body of <c>POST /v1/audit/events</c>.</summary>
/// <param name="Event">One of <see cref="ReportedEvent.Names"/>.</param>
/// <param name="Name">Of what it is about, a model or an alert: 1 to 256 characters, none of them a control character.</param>
/// <param name="Facts">What else there is to know, an object, of an alert of at most 4,096 characters; null = nothing. Kept without the secrets in it.</param>
public sealed record Report(string Event, string Name, JsonElement? Facts = null)
{
    /// <summary>Where it is sent.</summary>
    public const string Path = "/v1/audit/events";

    private const int LongestName = 256;
    private const int LongestFactsOfAlert = 4_096; // they stay in memory, as part of the gateway's state

    /// <exception cref="ServiceError">InvalidArgument: what is wrong, by field.</exception>
    internal void Check()
    {
        if (!ReportedEvent.Names.Contains(Event, StringComparer.Ordinal))
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"must be one of {string.Join(", ", ReportedEvent.Names)}", "event");
        }

        if (Name.Length is 0 or > LongestName || Name.Any(char.IsControl))
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"must have 1 to {LongestName} characters, none of them a control character", "name");
        }

        if (Facts is { ValueKind: not JsonValueKind.Object })
        {
            throw new ServiceError(ErrorCode.InvalidArgument, "must be an object", "facts");
        }

        if (Event is ReportedEvent.AlertFired or ReportedEvent.AlertCleared && Facts?.GetRawText().Length > LongestFactsOfAlert)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"must have at most {LongestFactsOfAlert} characters", "facts");
        }
    }
}

/// <param name="Index">Of the record.</param>
public sealed record ReportAnswer(long Index);
