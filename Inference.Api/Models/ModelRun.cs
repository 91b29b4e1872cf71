using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Models;

/// <summary>What one run of a model needs: checked inputs, the outputs wanted, and the rows they hold.</summary>
internal sealed record ModelRun(IReadOnlyList<Tensor> Inputs, IReadOnlyList<string> Outputs, long Rows);
