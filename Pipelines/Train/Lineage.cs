using System.Security.Cryptography;
using MlAspire.Pipelines.Flights;
using MlAspire.Pipelines.Train.GradientBoosting;

namespace MlAspire.Pipelines.Train;

/// <summary>What <c>lineage.json</c> says: everything the model follows from, and nothing that differs between two runs on the same.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Version">Its version.</param>
/// <param name="ModelSha256">Of model.onnx.</param>
/// <param name="Trainer">Version of the learner; see <see cref="CurrentTrainer"/>.</param>
/// <param name="Data">The files learnt from, by name, with their SHA-256.</param>
/// <param name="FeatureService">Name and version of the feature service.</param>
/// <param name="FeatureRegistrySha256">Of features.json.</param>
/// <param name="Columns">The model's input, in its order.</param>
/// <param name="From">First day learnt from.</param>
/// <param name="TestFrom">The day after the last one learnt from.</param>
/// <param name="Rows">Flights learnt from.</param>
/// <param name="Hyperparameters">How the trees were grown.</param>
internal sealed record Lineage(
    string Model, int Version, string ModelSha256, string Trainer, IReadOnlyDictionary<string, string> Data, string FeatureService, string FeatureRegistrySha256,
    IReadOnlyList<string> Columns, DateOnly From, DateOnly TestFrom, int Rows, BoostingOptions Hyperparameters)
{
    /// <summary>Raised by hand with every change of the code that changes the model's bytes. Not the commit: that changes when the model does not.</summary>
    public const string CurrentTrainer = "MlAspire.Pipelines train, version 1";

    /// <summary>SHA-256 of the files the flights are read from, by name.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> HashesOf(FlightsOptions flights, CancellationToken cancellationToken)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in FlightData.FilesOf(flights))
        {
            await using var stream = File.OpenRead(file);
            hashes[Path.GetFileName(file)] = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
        }
        return hashes;
    }

    public static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
