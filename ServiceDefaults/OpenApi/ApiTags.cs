namespace MlAspire.ServiceDefaults.OpenApi;

/// <summary>Groups of routes that every service has.</summary>
public static class ApiTags
{
    /// <summary>For those who run the service: health, metrics, documents.</summary>
    public const string Operations = "operations";

    /// <summary>For our own services alone.</summary>
    public const string Internal = "internal";
}
