using System.IO.Compression;
using MlAspire.FeatureStore.Registry;
using MlAspire.Pipelines.Flights;

namespace MlAspire.Pipelines.Tests;

/// <summary>The flights that tests use: the two-week fixture of the repository, and files that a test writes itself.</summary>
internal static class Sample
{
    private static readonly Lazy<FlightEvents> LoadedFixture = new(() => new FlightEvents(FlightData.Load(FixtureOptions).Flights));

    public static FlightsOptions FixtureOptions => new() { Directory = Path.Combine(Checkout.Root, "data"), File = "flights-2001jan-top20-2wk.csv.gz" };

    /// <summary>56,600 flights, 1 to 14 January 2001.</summary>
    public static FlightEvents Fixture => LoadedFixture.Value;

    public static FeatureRegistry Registry { get; } = RegistryFile.Read(Path.Combine(AppContext.BaseDirectory, "features.json"));

    /// <summary>Writes data files of the given lines (without headings) to a new folder.</summary>
    public static FlightsOptions Write(
        TemporaryFolder folder, string flights, string airports = "ATL,A,A,GA,0,0,America/New_York\nLAX,L,L,CA,0,0,America/Los_Angeles", string routes = "ATL,LAX,1946\nLAX,ATL,1946")
    {
        File.WriteAllText(Path.Combine(folder.Path, "airports.csv"), $"iata,name,city,state,latitude,longitude,tz\n{airports}\n");
        File.WriteAllText(Path.Combine(folder.Path, "routes.csv"), $"origin,destination,distance\n{routes}\n");
        using var file = new StreamWriter(new GZipStream(File.Create(Path.Combine(folder.Path, "flights.csv.gz")), CompressionLevel.Fastest));
        file.Write($"minutes,delay,origin,destination\n{flights}\n");
        return new FlightsOptions { Directory = folder.Path, File = "flights.csv.gz" };
    }
}

/// <summary>A folder of a test's own, deleted with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mlaspire-pipelines-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
