namespace MlAspire.Pipelines.Train.GradientBoosting;

/// <summary>Grows one tree after another, leaf by leaf: the leaf whose split gains most is split next.</summary>
/// <remarks>Not thread-safe: it keeps its buffers from tree to tree. Several threads work inside, and the tree does not depend on how many.</remarks>
public sealed class TreeGrower
{
    private readonly TrainingMatrix matrix;
    private readonly BoostingOptions options;
    private readonly int[] rows;
    private readonly int[] spare;
    private readonly Histogram[] histograms;

    public TreeGrower(TrainingMatrix matrix, BoostingOptions options)
    {
        (this.matrix, this.options) = (matrix, options);
        (rows, spare) = (new int[matrix.Rows], new int[matrix.Rows]);
        histograms = [.. Enumerable.Range(0, options.Leaves).Select(_ => new Histogram(matrix))];
    }

    /// <summary>Grows the tree that fits the gradients best, and adds its leaves' values to the scores of their rows.</summary>
    public DecisionTree Grow(Gradients gradients, double[] scores)
    {
        for (var row = 0; row < rows.Length; row++)
        {
            rows[row] = row;
        }
        histograms[0].Fill(rows, gradients);
        var leaves = new List<Leaf> { NewLeaf(node: 0, start: 0, rows.Length, histograms[0]) };
        var nodes = new List<TreeNode> { default };
        while (leaves.Count < options.Leaves && Widest(leaves) is { } leaf)
        {
            Part(leaves, leaf, nodes, gradients);
        }
        foreach (var leaf in leaves)
        {
            var value = (float)(leaf.Sums.Step(options.L2) * options.LearningRate);
            nodes[leaf.Node] = new TreeNode(0, 0, false, 0, 0, value);
            foreach (var row in rows.AsSpan(leaf.Start, leaf.Count))
            {
                scores[row] += value;
            }
        }
        return new DecisionTree([.. nodes]);
    }

    private static int? Widest(List<Leaf> leaves)
    {
        int? best = null;
        for (var i = 0; i < leaves.Count; i++)
        {
            if (leaves[i].Split is { } split && (best is null || split.Gain > leaves[best.Value].Split!.Gain))
            {
                best = i;
            }
        }
        return best;
    }

    /// <summary>Splits a leaf: the smaller child's histogram is counted, the larger one's is what remains of the parent's.</summary>
    private void Part(List<Leaf> leaves, int index, List<TreeNode> nodes, Gradients gradients)
    {
        var leaf = leaves[index];
        var split = leaf.Split!;
        nodes[leaf.Node] = new TreeNode(split.Column, matrix.Feature(split.Column).Threshold(split.Bin), split.MissingLeft, nodes.Count, nodes.Count + 1, 0);
        var leftRows = MoveLeftFirst(leaf, split);
        var smallIsLeft = split.Left.Rows <= split.Right.Rows;
        var small = histograms[leaves.Count];
        small.Fill(smallIsLeft ? rows.AsMemory(leaf.Start, leftRows) : rows.AsMemory(leaf.Start + leftRows, leaf.Count - leftRows), gradients);
        leaf.Histogram.SetDifference(leaf.Histogram, small);
        leaves[index] = NewLeaf(nodes.Count, leaf.Start, leftRows, smallIsLeft ? small : leaf.Histogram);
        leaves.Add(NewLeaf(nodes.Count + 1, leaf.Start + leftRows, leaf.Count - leftRows, smallIsLeft ? leaf.Histogram : small));
        nodes.AddRange([default, default]);
    }

    /// <summary>Reorders the leaf's rows, each side keeping its order; returns how many go left.</summary>
    private int MoveLeftFirst(Leaf leaf, Split split)
    {
        var bins = matrix.Bins(split.Column);
        var missing = matrix.Feature(split.Column).Missing;
        var range = rows.AsSpan(leaf.Start, leaf.Count);
        var (left, right) = (0, 0);
        foreach (var row in range)
        {
            int bin = bins[row];
            if (bin == missing ? split.MissingLeft : bin <= split.Bin)
            {
                range[left++] = row;
            }
            else
            {
                spare[right++] = row;
            }
        }
        spare.AsSpan(0, right).CopyTo(range[left..]);
        return left;
    }

    private Leaf NewLeaf(int node, int start, int count, Histogram histogram)
    {
        var sums = default(Sums);
        foreach (var bin in histogram.Column(0))
        {
            sums += bin;
        }
        return new Leaf(node, start, count, histogram, sums, Split.Best(histogram, matrix, options));
    }

    private sealed record Leaf(int Node, int Start, int Count, Histogram Histogram, Sums Sums, Split? Split);
}
