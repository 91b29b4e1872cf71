using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Pipelines.Flights;

/// <summary>Where the flights lie; section <c>Flights</c>.</summary>
public sealed class FlightsOptions
{
    /// <summary>Folder of airports.csv, routes.csv and the flights; relative to the working directory. Default: <c>data</c>.</summary>
    [Required]
    public string Directory { get; set; } = "data";

    /// <summary>The flights' file inside <see cref="Directory"/>, a gzip of CSV lines. Default: the half year of the 40 busiest airports.</summary>
    [Required]
    public string File { get; set; } = "flights-2001h1-top40.csv.gz";
}

[OptionsValidator]
internal sealed partial class FlightsOptionsValidator : IValidateOptions<FlightsOptions>;
