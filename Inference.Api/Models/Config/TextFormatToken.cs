namespace MlAspire.Inference.Api.Models.Config;

/// <summary>The kinds of <see cref="TextFormatToken"/>.</summary>
internal enum TextFormatTokenKind
{
    End,
    Word,
    Number,
    Text,
    Sign,
}

/// <summary>A word, number, text or sign of protobuf's text format.</summary>
/// <param name="Value">A text without its quotes and escapes.</param>
/// <param name="Line">From 1.</param>
internal readonly record struct TextFormatToken(TextFormatTokenKind Kind, string Value, int Line)
{
    public bool Is(char sign) => Kind == TextFormatTokenKind.Sign && Value[0] == sign;

    /// <summary>As messages quote it.</summary>
    public string Quoted => Kind == TextFormatTokenKind.End ? "the end" : $"'{(Value.Length <= 40 ? Value : Value[..40] + "...")}'";
}
