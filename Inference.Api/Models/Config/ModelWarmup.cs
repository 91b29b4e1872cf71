namespace MlAspire.Inference.Api.Models.Config;

/// <summary>One entry of <c>model_warmup</c>, with Triton's names: a request that a version runs before it is ready.</summary>
/// <param name="BatchSize">Rows of the request, [1, max_batch_size]; 1 (or 0) for a model without a batch dimension.</param>
/// <param name="Inputs">By input name; each input of the model.</param>
/// <param name="Count">How often it runs, [0, 1000]; 0 = once.</param>
internal sealed record ModelWarmup(int BatchSize, IReadOnlyDictionary<string, WarmupInput> Inputs, string Name = "", int Count = 0)
{
    private const int MaxCount = 1000;

    /// <exception cref="InvalidDataException">A value is out of range; the message names it.</exception>
    public void Check(int maxBatchSize)
    {
        var largest = Math.Max(1, maxBatchSize);
        if (BatchSize < (maxBatchSize == 0 ? 0 : 1) || BatchSize > largest)
        {
            throw new InvalidDataException($"model_warmup '{Name}': batch_size must be in [1, {largest}]");
        }

        if (Count is < 0 or > MaxCount)
        {
            throw new InvalidDataException($"model_warmup '{Name}': count must be in [0, {MaxCount}]");
        }
    }
}

/// <summary>What a warm-up request has in one input. Exactly one of the last three is set.</summary>
/// <param name="Dims">Without the batch dimension, none of them -1.</param>
/// <param name="ZeroData">Zeros, empty strings.</param>
/// <param name="RandomData">Floating point in [0, 1), other types 0 or 1, strings of one letter; the same at every load.</param>
/// <param name="InputDataFile">A file in the model's directory <c>warmup</c>: one row's bytes in the layout of V2's binary tensors, used for every row.</param>
internal sealed record WarmupInput(string DataType, long[] Dims, bool? ZeroData = null, bool? RandomData = null, string? InputDataFile = null);
