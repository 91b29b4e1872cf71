namespace MlAspire.Gateway.Audit;

/// <summary>The events of the audit records of requests, one record a row. Owned by the gateway, linked by their readers.</summary>
internal static class RequestEvents
{
    /// <summary>The row was answered.</summary>
    public const string Answered = "prediction_audit";

    /// <summary>The row's request failed.</summary>
    public const string Failed = "prediction_failed";
}
