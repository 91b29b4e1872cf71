using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MlAspire.Pipelines.Tests.Train.GradientBoosting;
using MlAspire.Pipelines.Train.Export;
using MlAspire.Pipelines.Train.GradientBoosting;
using Boosting = MlAspire.Pipelines.Train.GradientBoosting.GradientBoosting;

namespace MlAspire.Pipelines.Tests.Train;

public sealed class TreeEnsembleModelTests
{
    /// <summary>ONNX Runtime adds the leaves in single precision and has its own sigmoid: 1e-6 is some units in the last place of a probability.</summary>
    private const double Tolerance = 1e-6;

    [Fact]
    public void ONNX_Runtime_answers_what_the_learner_predicts()
    {
        var (columns, labels) = BoostedTreesTests.Noise(rows: 5000, columns: 4);
        var model = Boosting.Train(new TrainingMatrix(columns, labels, 255), new BoostingOptions { MinChildWeight = 1 }, null, CancellationToken.None);
        float[] special = [.. model.Trees.SelectMany(tree => tree.Nodes.ToArray()).Where(node => !node.IsLeaf).Select(node => node.Threshold).Take(200),
            float.NaN, float.NegativeInfinity, float.PositiveInfinity, 0, -0f, float.Epsilon];
        var random = new Random(3);
        float[][] rows = [.. Enumerable.Range(0, 2000).Select(row => columns.Select(column => row % 2 == 0 ? column[row] : special[random.Next(special.Length)]).ToArray())];

        var answers = Run(TreeEnsembleModel.Write(model, 4), rows);

        Assert.All(rows.Zip(answers), pair => Assert.Equal(model.Probability(pair.First), pair.Second, Tolerance));
        Assert.True(answers.Distinct().Count() > 500, "the rows are too alike to show anything");
    }

    [Fact]
    public void A_model_of_single_leaves_answers_its_base_probability()
    {
        var model = new BoostedTrees(1.5f, [new DecisionTree([new TreeNode(0, 0, false, 0, 0, 0.5f)])]);

        Assert.Equal([1 / (1 + Math.Exp(-2))], Run(TreeEnsembleModel.Write(model, 17), [new float[17]]).Select(p => (double)p), (a, b) => Math.Abs(a - b) < Tolerance);
    }

    [Fact]
    public void Inputs_and_outputs_have_the_names_and_shapes_of_the_contract()
    {
        using var session = new InferenceSession(TreeEnsembleModel.Write(new BoostedTrees(0, [new DecisionTree([default])]), 17));

        var (input, output) = (session.InputMetadata.Single(), session.OutputMetadata.Single());
        Assert.Equal(("features", typeof(float), "-1,17"), (input.Key, input.Value.ElementType, string.Join(',', input.Value.Dimensions)));
        Assert.Equal(("probability", typeof(float), "-1,1"), (output.Key, output.Value.ElementType, string.Join(',', output.Value.Dimensions)));
    }

    internal static float[] Run(byte[] onnx, float[][] rows)
    {
        using var session = new InferenceSession(onnx);
        var tensor = new DenseTensor<float>(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("features", tensor)]);
        return [.. results.Single().AsEnumerable<float>()];
    }
}
