namespace MlAspire.Inference.Api.Rest;

/// <summary>What errors call an element of <c>inputs</c> or <c>outputs</c>, and its parameters.</summary>
/// <param name="Name"><c>inputs[0]</c></param>
/// <param name="Parameters"><c>inputs[0].parameters</c></param>
internal sealed record TensorField(string Name, string Parameters)
{
    private static readonly TensorField[] FirstInputs = [.. Enumerable.Range(0, 8).Select(index => Of("inputs", index))];
    private static readonly TensorField[] FirstOutputs = [.. Enumerable.Range(0, 8).Select(index => Of("outputs", index))];

    public static TensorField Input(int index) => index < FirstInputs.Length ? FirstInputs[index] : Of("inputs", index);

    public static TensorField Output(int index) => index < FirstOutputs.Length ? FirstOutputs[index] : Of("outputs", index);

    private static TensorField Of(string array, int index) => new($"{array}[{index}]", $"{array}[{index}].parameters");
}
