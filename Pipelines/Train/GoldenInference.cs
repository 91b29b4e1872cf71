using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Pipelines.Train.GradientBoosting;

namespace MlAspire.Pipelines.Train;

/// <summary>What <c>golden.json</c> says: a request, and what the trees answer. Inference.Api does not serve a version that answers otherwise.</summary>
/// <param name="Request">V2's infer request.</param>
/// <param name="Response">The outputs of V2's answer.</param>
/// <param name="Tolerance">How far an answer may be off.</param>
internal sealed record GoldenInference(GoldenRequest Request, GoldenResponse Response, GoldenTolerance Tolerance)
{
    private const int MaxRows = 8;

    /// <summary>ONNX Runtime adds the trees up in single precision.</summary>
    private const double Absolute = 1e-5;

    /// <summary>Up to 8 rows, at even distances from the first on.</summary>
    /// <param name="model">What answers.</param>
    /// <param name="pipeline">Names the tensors.</param>
    /// <param name="rows">At least 1; the pipeline's columns are their first ones.</param>
    public static GoldenInference Of(BoostedTrees model, PipelineDefinition pipeline, RowSet rows)
    {
        var count = Math.Min(MaxRows, rows.Rows);
        int[] chosen = [.. Enumerable.Range(0, count).Select(i => i * (rows.Rows / count))];
        var input = new GoldenTensor(pipeline.ModelInput, "FP32", [count, pipeline.Columns.Count], [.. chosen.SelectMany(row => rows.Row(row)[..pipeline.Columns.Count].ToArray().Select(value => (double)value))]);
        // Six digits are the same on every machine; the last ones of an exponential are not.
        var output = new GoldenTensor(pipeline.ModelOutput, "FP32", [count, 1], [.. chosen.Select(row => Math.Round(model.Probability(rows.Row(row)), 6))]);
        return new GoldenInference(new GoldenRequest([input]), new GoldenResponse([output]), new GoldenTolerance(Absolute));
    }
}

/// <summary>The part of V2's infer request that is written.</summary>
internal sealed record GoldenRequest(IReadOnlyList<GoldenTensor> Inputs);

/// <summary>The part of V2's infer answer that is written.</summary>
internal sealed record GoldenResponse(IReadOnlyList<GoldenTensor> Outputs);

/// <summary>A tensor of V2's JSON; <paramref name="Data"/> is flat, NaN is the string <c>"NaN"</c>.</summary>
internal sealed record GoldenTensor(string Name, string Datatype, int[] Shape, double[] Data);

/// <summary>Largest difference, of the probability itself.</summary>
internal sealed record GoldenTolerance(double Absolute);
