using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Pipelines.Flights;

internal static class FlightsRegistration
{
    /// <summary>Registers where the flights lie.</summary>
    public static void AddFlights(this IHostApplicationBuilder builder) => builder.AddCheckedOptions<FlightsOptions, FlightsOptionsValidator>("Flights", (from, options, how) => from.Bind(options, how));
}
