using Google.Protobuf;
using MlAspire.Pipelines.Onnx;
using MlAspire.Pipelines.Train.GradientBoosting;
using static MlAspire.Pipelines.Onnx.AttributeProto.Types;

namespace MlAspire.Pipelines.Train.Export;

/// <summary>Writes boosted trees as an ONNX model: <c>features</c> FP32 [-1, columns] → TreeEnsembleRegressor → Sigmoid → <c>probability</c> FP32 [-1, 1].</summary>
/// <remarks>
/// The sigmoid is a node of its own because ONNX Runtime leaves out the regressor's LOGISTIC transform.
/// Source: <see href="https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleRegressor.html"/>, version 3.
/// </remarks>
internal static class TreeEnsembleModel
{
    public const string InputName = "features";
    public const string OutputName = "probability";

    private const string LogOdds = "log_odds";
    private const string MlDomain = "ai.onnx.ml";

    /// <summary>The model's bytes; the same trees give the same bytes.</summary>
    public static byte[] Write(BoostedTrees model, int columns)
    {
        var graph = new GraphProto { Name = "boosted_trees", Node = { Ensemble(model), Sigmoid() } };
        graph.Input.Add(Tensor(InputName, columns));
        graph.Output.Add(Tensor(OutputName, 1));
        return new ModelProto
        {
            IrVersion = 8,
            ProducerName = "MlAspire.Pipelines",
            Graph = graph,
            OpsetImport = { new OperatorSetIdProto { Version = 17 }, new OperatorSetIdProto { Domain = MlDomain, Version = 3 } },
        }.ToByteArray();
    }

    private static NodeProto Sigmoid() => new() { Name = "sigmoid", OpType = "Sigmoid", Input = { LogOdds }, Output = { OutputName } };

    private static NodeProto Ensemble(BoostedTrees model)
    {
        var nodes = (from tree in Enumerable.Range(0, model.Trees.Count)
                     from id in Enumerable.Range(0, model.Trees[tree].Nodes.Length)
                     select (Tree: tree, Id: id, Node: model.Trees[tree].Nodes[id])).ToArray();
        var leaves = nodes.Where(node => node.Node.IsLeaf).ToArray();
        var ensemble = new NodeProto { Name = "trees", OpType = "TreeEnsembleRegressor", Domain = MlDomain, Input = { InputName }, Output = { LogOdds } };
        ensemble.Attribute.AddRange(
        [
            Floats("base_values", [model.BaseScore]),
            new AttributeProto { Name = "n_targets", Type = AttributeType.Int, I = 1 },
            Integers("nodes_treeids", nodes.Select(node => (long)node.Tree)),
            Integers("nodes_nodeids", nodes.Select(node => (long)node.Id)),
            Integers("nodes_featureids", nodes.Select(node => (long)node.Node.Column)),
            Floats("nodes_values", nodes.Select(node => node.Node.Threshold)),
            Strings("nodes_modes", nodes.Select(node => node.Node.IsLeaf ? "LEAF" : "BRANCH_LEQ")),
            Integers("nodes_truenodeids", nodes.Select(node => (long)node.Node.Left)),
            Integers("nodes_falsenodeids", nodes.Select(node => (long)node.Node.Right)),
            Integers("nodes_missing_value_tracks_true", nodes.Select(node => node.Node.MissingLeft ? 1L : 0L)),
            Integers("target_treeids", leaves.Select(leaf => (long)leaf.Tree)),
            Integers("target_nodeids", leaves.Select(leaf => (long)leaf.Id)),
            Integers("target_ids", leaves.Select(_ => 0L)),
            Floats("target_weights", leaves.Select(leaf => leaf.Node.Value)),
        ]);
        return ensemble;
    }

    private static ValueInfoProto Tensor(string name, int columns)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "rows" });
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = columns });
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape };
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    private static AttributeProto Floats(string name, IEnumerable<float> values) => new() { Name = name, Type = AttributeType.Floats, Floats = { values } };

    private static AttributeProto Integers(string name, IEnumerable<long> values) => new() { Name = name, Type = AttributeType.Ints, Ints = { values } };

    private static AttributeProto Strings(string name, IEnumerable<string> values) =>
        new() { Name = name, Type = AttributeType.Strings, Strings = { values.Select(ByteString.CopyFromUtf8) } };
}
