using System.Globalization;
using System.Runtime.InteropServices;
using MlAspire.Inference.Api.Models.Config;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Models;

/// <summary>
/// How the tokens of a text model are counted and priced: its config's <c>parameters</c> <c>token_input</c> and <c>token_output</c> name the tensors whose elements are token ids (or an attention mask, with the padding 0),
/// <c>padding_token_id</c> the id that is none, <c>input_token_price</c> and <c>output_token_price</c> what 1,000 of them cost, <c>token_price_currency</c> in what (default USD).
/// </summary>
internal sealed class TokenUsage
{
    private const string TokenInput = "token_input";
    private const string TokenOutput = "token_output";
    private const string PaddingTokenId = "padding_token_id";
    private const string InputTokenPrice = "input_token_price";
    private const string OutputTokenPrice = "output_token_price";
    private const string TokenPriceCurrency = "token_price_currency";

    private readonly long? padding; // null: every element is a token

    private TokenUsage(ModelConfig config, ModelSignature signature)
    {
        Input = Tensor(config, TokenInput, signature.Inputs);
        Output = Tensor(config, TokenOutput, signature.Outputs);
        padding = Number(config, PaddingTokenId);
        InputPrice = Price(config, InputTokenPrice);
        OutputPrice = Price(config, OutputTokenPrice);
        Currency = Text(config, TokenPriceCurrency) ?? "USD";
    }

    /// <summary>The input of token ids; null = not counted.</summary>
    public string? Input { get; }

    /// <summary>The output of token ids; null = not counted.</summary>
    public string? Output { get; }

    /// <summary>Of 1,000 tokens of the input; null = not priced.</summary>
    public double? InputPrice { get; }

    /// <summary>Of 1,000 tokens of the output; null = not priced.</summary>
    public double? OutputPrice { get; }

    /// <summary>Of the prices.</summary>
    public string Currency { get; }

    /// <returns>Null when the config names no tensor of tokens.</returns>
    /// <exception cref="InvalidDataException">A parameter is none that can be; the message names it.</exception>
    public static TokenUsage? Of(ModelConfig config, ModelSignature signature)
    {
        var usage = new TokenUsage(config, signature);
        return usage.Input is not null || usage.Output is not null ? usage : null;
    }

    /// <summary>The tokens of the tensor <paramref name="name"/>: its elements that are not the padding.</summary>
    /// <returns>Null when <paramref name="name"/> is null or the tensor is not there. O(elements).</returns>
    public long? Count(string? name, IReadOnlyList<Tensor> tensors)
    {
        var tensor = name is null ? null : tensors.FirstOrDefault(candidate => candidate.Name == name);
        if (tensor is null || padding is not { } none)
        {
            return tensor?.ElementCount;
        }

        return tensor.ElementCount - (tensor.DataType == DataType.Int64
            ? MemoryMarshal.Cast<byte, long>(tensor.Data.Span).Count(none)
            : none == (int)none ? MemoryMarshal.Cast<byte, int>(tensor.Data.Span).Count((int)none) : 0);
    }

    private static string? Text(ModelConfig config, string parameter) => config.Parameters.GetValueOrDefault(parameter)?.StringValue;

    private static string? Tensor(ModelConfig config, string parameter, IReadOnlyList<TensorMetadata> declared)
    {
        var name = Text(config, parameter);
        return name is null || declared.Any(tensor => tensor.Name == name && tensor.DataType is (DataType.Int32 or DataType.Int64)) ? name
            : throw new InvalidDataException($"parameters.{parameter}: the model has no INT32 or INT64 tensor '{name}' there");
    }

    private static long? Number(ModelConfig config, string parameter) =>
        Text(config, parameter) is not { } text ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw new InvalidDataException($"parameters.{parameter} must be an integer");

    private static double? Price(ModelConfig config, string parameter) =>
        Text(config, parameter) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var price) && double.IsFinite(price) && price >= 0 ? price
        : throw new InvalidDataException($"parameters.{parameter} must be a price, 0 or more");
}
