using System.Security.Cryptography;
using System.Text.Json;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Pipelines.Train;

namespace MlAspire.Pipelines.Tests.Train;

/// <summary>The model in <c>models/</c> belongs to the data, the feature definitions and the code of this checkout.</summary>
public sealed class CommittedModelTests
{
    private static readonly string Folder = Path.Combine(Checkout.Root, "models", "flight-delay");

    [Fact]
    public void It_was_learnt_from_these_files_and_features()
    {
        using var lineage = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "1", "lineage.json")));
        var root = lineage.RootElement;

        Assert.Equal(Sha256(Path.Combine(Folder, "1", "model.onnx")), root.GetProperty("model_sha256").GetString());
        Assert.Equal(Sha256(Path.Combine(Checkout.Root, "FeatureStore", "features.json")), root.GetProperty("feature_registry_sha256").GetString());
        Assert.All(root.GetProperty("data_set").GetProperty("files").EnumerateObject(), file => Assert.Equal(Sha256(Path.Combine(Checkout.Root, "data", file.Name)), file.Value.GetString()));
        Assert.Equal(Lineage.CurrentTrainer, root.GetProperty("trainer").GetString());
        Assert.Matches("^[0-9a-f]{40}$", root.GetProperty("code_commit").GetString());
    }

    [Fact]
    public void Its_AUC_is_at_least_0_82_and_0_1_above_the_request_alone_in_every_month_that_it_was_not_trained_on()
    {
        using var metrics = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "1", "metrics.json")));
        var months = metrics.RootElement.GetProperty("test").EnumerateArray().ToList();

        Assert.Equal(["2001-03-01/2001-03-31", "2001-04-01/2001-04-30", "2001-05-01/2001-05-31", "2001-06-01/2001-06-30"], months.Select(m => m.GetProperty("period").GetString()));
        Assert.All(months, m => Assert.InRange(m.GetProperty("auc").GetDouble(), 0.82, 0.9));
        Assert.All(months, m => Assert.InRange(m.GetProperty("auc").GetDouble() - m.GetProperty("request_only_auc").GetDouble(), 0.1, 0.3));
    }

    /// <summary>Not the number of a file: the committed bytes in ONNX Runtime on rows made here. The fixture has 20 airports, so its features see half of the traffic.</summary>
    [Fact]
    public void ONNX_Runtime_tells_late_flights_of_the_fixture_from_those_on_time()
    {
        var pipeline = PipelineFile.Read(Path.Combine(Folder, PipelineFile.Name));
        var options = new TrainOptions { From = new DateOnly(2001, 1, 9), TestFrom = new DateOnly(2001, 1, 14) };
        var source = new TrainingSource(Sample.Fixture, Sample.Registry, Sample.Registry.Service(pipeline.FeatureService!)!, pipeline);
        var rows = TrainingSet.Build(source, options, null, CancellationToken.None).Learn;

        var probabilities = TreeEnsembleModelTests.Run(
            File.ReadAllBytes(Path.Combine(Folder, "1", "model.onnx")), [.. Enumerable.Range(0, rows.Rows).Select(row => rows.Row(row).ToArray())]);

        Assert.InRange(ClassificationQuality.Of([.. probabilities.Select(p => (double)p)], rows.Labels()).Auc, 0.78, 0.95);
    }

    private static string Sha256(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
