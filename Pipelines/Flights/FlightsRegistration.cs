using Microsoft.Extensions.Options;

namespace MlAspire.Pipelines.Flights;

internal static class FlightsRegistration
{
    /// <summary>Registers where the flights lie.</summary>
    public static void AddFlights(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<FlightsOptions>, FlightsOptionsValidator>();
        // Not ErrorOnUnknownConfiguration: the AppHost has Flights:From, Flights:Speed and Flights:Limit in the same section and passes its environment on.
        builder.Services.AddOptions<FlightsOptions>().BindConfiguration("Flights").ValidateOnStart();
    }
}
