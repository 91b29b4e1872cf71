using System.Security.Cryptography;
using MlAspire.Pipelines.Train.GradientBoosting;

namespace MlAspire.Pipelines.Train;

/// <summary>What <c>lineage.json</c> says: everything the model follows from, and nothing that differs between two runs of the same code on the same.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="Version">Its version.</param>
/// <param name="ModelSha256">Of model.onnx.</param>
/// <param name="Parent">The version that it follows; null for the first.</param>
/// <param name="Trainer">Version of the learner; see <see cref="CurrentTrainer"/>.</param>
/// <param name="TrainedBy">Who had it trained; null when it was not said.</param>
/// <param name="CodeCommit">Of the code that ran; null when it was not said.</param>
/// <param name="DataSet">The files learnt from and tested on.</param>
/// <param name="FeatureService">Name and version of the feature service.</param>
/// <param name="FeatureRegistrySha256">Of features.json.</param>
/// <param name="Columns">The model's input, in its order.</param>
/// <param name="From">First day learnt from.</param>
/// <param name="TestFrom">The day after the last one learnt from.</param>
/// <param name="Rows">Flights learnt from.</param>
/// <param name="Hyperparameters">How the trees were grown.</param>
/// <param name="Metrics">Quality in each month after those learnt from, as in metrics.json.</param>
internal sealed record Lineage(
    string Model, int Version, string ModelSha256, ParentVersion? Parent, string Trainer, string? TrainedBy, string? CodeCommit, DataSet DataSet, string FeatureService, string FeatureRegistrySha256,
    IReadOnlyList<string> Columns, DateOnly From, DateOnly TestFrom, int Rows, BoostingOptions Hyperparameters, IReadOnlyList<PeriodQuality> Metrics)
{
    /// <summary>Raised by hand with every change of the code that changes the model's bytes. The commit says less: it changes also when the model does not.</summary>
    public const string CurrentTrainer = "MlAspire.Pipelines train, version 1";

    public static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
