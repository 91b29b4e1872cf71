using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Pipelines.Flights;

internal static class FlightsRegistration
{
    /// <summary>Registers where the flights lie.</summary>
    public static void AddFlights(this IHostApplicationBuilder builder)
    {
        // Shared: the AppHost has Flights:From, Flights:Speed and Flights:Limit in the same section and passes its environment on.
        builder.AddCheckedOptions<FlightsOptions, FlightsOptionsValidator>("Flights", shared: true);
    }
}
