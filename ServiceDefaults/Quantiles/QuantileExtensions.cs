using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MlAspire.ServiceDefaults.Quantiles;

/// <summary>Registers the quantiles of durations.</summary>
internal static class QuantileExtensions
{
    public static void AddDurationQuantiles(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<DurationQuantiles>();

    /// <summary>They are counted from now on.</summary>
    public static void UseDurationQuantiles(this WebApplication app) => app.Services.GetRequiredService<DurationQuantiles>();
}
