namespace MlAspire.Gateway.Audit;

/// <summary>What becomes of a prediction whose audit record cannot be written.</summary>
public enum AuditMode
{
    /// <summary>It is not answered: 503.</summary>
    Required,

    /// <summary>It is answered with <c>"audit": null</c>, loudly: a critical event and a counter, and the gateway's readiness is degraded.</summary>
    BestEffort,
}
