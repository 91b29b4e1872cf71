namespace MlAspire.Pipelines.Train.GradientBoosting;

/// <summary>A node: a leaf when <paramref name="Left"/> is 0 (the root is nobody's child), a question otherwise.</summary>
/// <param name="Column">The column asked.</param>
/// <param name="Threshold">Values up to and including it go left.</param>
/// <param name="MissingLeft">Where NaN goes.</param>
/// <param name="Left">Index of the left child.</param>
/// <param name="Right">Index of the right child.</param>
/// <param name="Value">Log-odds a leaf adds; 0 for questions.</param>
public readonly record struct TreeNode(int Column, float Threshold, bool MissingLeft, int Left, int Right, float Value)
{
    public bool IsLeaf => Left == 0;
}

/// <summary>A tree; its root is the first node. Immutable.</summary>
public sealed class DecisionTree(TreeNode[] nodes)
{
    public ReadOnlySpan<TreeNode> Nodes => nodes;

    /// <summary>The value of the leaf a row falls into.</summary>
    /// <param name="row">Shape [columns]; NaN is missing.</param>
    public float Value(ReadOnlySpan<float> row)
    {
        ref readonly var node = ref nodes[0];
        while (!node.IsLeaf)
        {
            var value = row[node.Column];
            var left = float.IsNaN(value) ? node.MissingLeft : value <= node.Threshold;
            node = ref nodes[left ? node.Left : node.Right];
        }
        return node.Value;
    }
}
