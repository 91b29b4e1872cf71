namespace Microsoft.Extensions.ServiceDiscovery;

/// <summary>Which URI schemes a service name may resolve to.</summary>
public sealed class ServiceDiscoveryOptions
{
    /// <summary>True (default): every scheme; false: only <see cref="AllowedSchemes"/>.</summary>
    public bool AllowAllSchemes { get; set; } = true;

    /// <summary>Kept for the genuine signature; configuration here announces its changes, so nothing is polled.</summary>
    public TimeSpan RefreshPeriod { get; set; } = TimeSpan.FromSeconds(60);

    public IList<string> AllowedSchemes { get; set; } = new List<string>();

    /// <summary>The requested schemes that are allowed, in the order of the request; all allowed ones when none is requested.</summary>
    public IReadOnlyList<string> ApplyAllowedSchemes(IReadOnlyList<string> requestedSchemes)
    {
        ArgumentNullException.ThrowIfNull(requestedSchemes);
        if (requestedSchemes.Count == 0)
        {
            return [.. AllowedSchemes];
        }

        return AllowAllSchemes ? requestedSchemes : [.. requestedSchemes.Where(scheme => AllowedSchemes.Contains(scheme, StringComparer.OrdinalIgnoreCase))];
    }
}
