namespace MlAspire.Inference.Api.Protocol;

/// <summary>An output that a request names.</summary>
/// <param name="Classification">When not 0: answer with the k largest values as <c>value:index[:label]</c> strings instead of the tensor.</param>
/// <param name="Binary">Over REST: whether it is wanted as bytes after the JSON (<c>binary_data</c>); null = as the request says.</param>
internal sealed record RequestedOutput(string Name, int Classification = 0, bool? Binary = null);
