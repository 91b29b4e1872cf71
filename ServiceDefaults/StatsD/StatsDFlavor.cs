namespace MlAspire.ServiceDefaults.StatsD;

/// <summary>How a line says which series it is of.</summary>
public enum StatsDFlavor
{
    /// <summary>In its name: <c>gateway.ml.admission.limit.ml_model_name.flight-delay:8|g</c>.</summary>
    StatsD,

    /// <summary>In tags: <c>ml.admission.limit:8|g|#service:gateway,ml.model.name:flight-delay</c>.</summary>
    DogStatsD,
}
