using System.Security.Cryptography;
using System.Text;
using MlAspire.Pipelines.Flights;

namespace MlAspire.Pipelines.Train;

/// <summary>The data that a model was learnt from and tested on.</summary>
/// <param name="Id">Name of the flights' file, up to its first dot.</param>
/// <param name="Sha256">Of what <c>sha256sum</c> prints for <paramref name="Files"/> in their order.</param>
/// <param name="Files">SHA-256 of each file, by name, in ordinal order.</param>
internal sealed record DataSet(string Id, string Sha256, IReadOnlyDictionary<string, string> Files)
{
    public static async Task<DataSet> OfAsync(FlightsOptions flights, CancellationToken cancellationToken)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in FlightData.FilesOf(flights))
        {
            await using var stream = File.OpenRead(file);
            files[Path.GetFileName(file)] = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
        }

        var printed = string.Concat(files.Select(file => $"{file.Value}  {file.Key}\n"));
        return new(flights.File.Split('.')[0], Lineage.HashOf(Encoding.UTF8.GetBytes(printed)), files);
    }
}
