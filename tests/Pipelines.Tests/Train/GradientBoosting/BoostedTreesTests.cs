using MlAspire.Pipelines.Train.GradientBoosting;
using Boosting = MlAspire.Pipelines.Train.GradientBoosting.GradientBoosting;

namespace MlAspire.Pipelines.Tests.Train.GradientBoosting;

public sealed class BoostedTreesTests
{
    // 8 rows, 4 of them true: base score 0, so p = 1/2 and every hessian is 1/4. Of x = 1 three of four are true, of x = 0 one.
    // Left leaf: G = 4/2 - 1 = 1, H = 1, step -1/(1+1); right leaf the opposite. With learning rate 0.5: -0.25 and +0.25.
    [Fact]
    public void One_split_gives_the_leaves_that_a_hand_computes()
    {
        var model = Train([[0, 0, 0, 0, 1, 1, 1, 1]], [true, false, false, false, true, true, true, false], new() { Trees = 1, LearningRate = 0.5, L2 = 1, MinChildWeight = 0.1 });

        Assert.Equal(0f, model.BaseScore);
        Assert.Equal([new TreeNode(0, 0.5f, false, 1, 2, 0), new TreeNode(0, 0, false, 0, 0, -0.25f), new TreeNode(0, 0, false, 0, 0, 0.25f)], model.Trees.Single().Nodes.ToArray());
        Assert.Equal(1 / (1 + Math.Exp(0.25)), model.Probability([0f]), 12);
    }

    // 3 of 4 true: log-odds ln 3; the column tells nothing, so the tree is one leaf with G = 4·3/4 - 3 = 0.
    [Fact]
    public void Without_anything_to_learn_the_probability_is_the_share_of_true_labels()
    {
        var model = Train([[7, 7, 7, 7]], [true, true, true, false], new() { Trees = 2 });

        Assert.Equal(0.75, model.Probability([7f]), 6);
        Assert.All(model.Trees, tree => Assert.Equal(1, tree.Nodes.Length));
    }

    // Neither column tells anything alone.
    [Fact]
    public void Two_columns_that_only_together_say_something_are_learnt()
    {
        float[] a = [.. Enumerable.Range(0, 400).Select(i => (float)(i % 2))];
        float[] b = [.. Enumerable.Range(0, 400).Select(i => (float)(i / 2 % 2))];
        // One row more of a corner gives the first split its gain.
        var model = Train([[.. a, 1], [.. b, 0]], [.. a.Zip(b, (x, y) => x != y), true], new() { Trees = 40, Leaves = 4, LearningRate = 0.3, MinChildWeight = 0.1 });

        Assert.All(new[] { (0f, 0f), (1f, 1f) }, x => Assert.InRange(model.Probability([x.Item1, x.Item2]), 0, 0.05));
        Assert.All(new[] { (0f, 1f), (1f, 0f) }, x => Assert.InRange(model.Probability([x.Item1, x.Item2]), 0.95, 1));
    }

    [Fact]
    public void A_missing_value_is_learnt_as_what_it_means()
    {
        float[] column = [.. Enumerable.Range(0, 300).Select(i => i % 3 == 0 ? float.NaN : i % 3)];
        var model = Train([column], [.. column.Select(v => v != 1)], new() { Trees = 30, MinChildWeight = 0.1, LearningRate = 0.3 });

        Assert.InRange(model.Probability([1f]), 0, 0.05);
        Assert.InRange(model.Probability([2f]), 0.95, 1);
        Assert.InRange(model.Probability([float.NaN]), 0.95, 1);
    }

    [Fact]
    public void A_tree_has_no_more_leaves_than_asked_for()
    {
        var (columns, labels) = Noise(rows: 3000, columns: 3);

        Assert.All(Train(columns, labels, new() { Trees = 5, Leaves = 7, MinChildWeight = 1 }).Trees, tree => Assert.Equal(7, tree.Nodes.ToArray().Count(n => n.IsLeaf)));
    }

    [Fact]
    public async Task One_core_and_all_cores_learn_the_same_bits()
    {
        var (columns, labels) = Noise(rows: 70_000, columns: 6);
        BoostedTrees Learn() => Train(columns, labels, new() { Trees = 8 });

        // Parallel.For takes the current scheduler: on this one it has a single thread.
        var one = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, 1).ConcurrentScheduler;
        var alone = await Task.Factory.StartNew(Learn, CancellationToken.None, TaskCreationOptions.None, one);
        var together = Learn();

        Assert.Equal(alone.Trees.SelectMany(tree => tree.Nodes.ToArray()), together.Trees.SelectMany(tree => tree.Nodes.ToArray()));
    }

    [Fact]
    public void Probabilities_of_many_rows_are_those_of_each()
    {
        var (columns, labels) = Noise(rows: 2000, columns: 3);
        var model = Train(columns, labels, new() { Trees = 10, MinChildWeight = 1 });
        float[] rows = [.. Enumerable.Range(0, 50).SelectMany(row => columns.Select(column => column[row]))];
        var probabilities = new double[50];

        model.Probabilities(rows, probabilities);

        Assert.Equal(Enumerable.Range(0, 50).Select(row => model.Probability(rows.AsSpan(row * 3, 3))), probabilities);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Labels_that_are_all_the_same_are_refused(int rows)
    {
        var labels = Enumerable.Repeat(true, rows).ToArray();

        Assert.Throws<ArgumentException>(() => Train([new float[rows]], labels, new()));
    }

    [Fact]
    public void Training_stops_when_it_is_cancelled()
    {
        var (columns, labels) = Noise(rows: 500, columns: 2);
        using var cancelled = new CancellationTokenSource();
        var trees = 0;

        Assert.Throws<OperationCanceledException>(() => Boosting.Train(new TrainingMatrix(columns, labels, 255), new BoostingOptions(), done =>
        {
            trees = done;
            if (done == 3)
            {
                cancelled.Cancel();
            }
        }, cancelled.Token));
        Assert.Equal(3, trees);
    }

    /// <summary>Columns of noise with some values missing, and labels that depend on the first two.</summary>
    internal static (float[][] Columns, bool[] Labels) Noise(int rows, int columns)
    {
        var random = new Random(7);
        float[][] values = [.. Enumerable.Range(0, columns).Select(_ => Enumerable.Range(0, rows).Select(_ => random.Next(12) == 0 ? float.NaN : (float)random.NextDouble()).ToArray())];
        var labels = Enumerable.Range(0, rows).Select(row => random.NextDouble() < (values[0][row] > 0.5f ? 0.6 : 0.1) + (values[1][row] > 0.7f ? 0.3 : 0)).ToArray();
        return (values, labels);
    }

    private static BoostedTrees Train(float[][] columns, bool[] labels, BoostingOptions options) =>
        Boosting.Train(new TrainingMatrix(columns, labels, options.Bins), options, null, CancellationToken.None);
}
