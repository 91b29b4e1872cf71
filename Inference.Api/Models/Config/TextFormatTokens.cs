using System.Globalization;
using System.Text;

namespace MlAspire.Inference.Api.Models.Config;

/// <summary>Cuts protobuf's text format into tokens; comments start with <c>#</c>.</summary>
/// <remarks>Source: <see href="https://protobuf.dev/reference/protobuf/textformat-spec/"/>.</remarks>
internal sealed class TextFormatTokens(string text)
{
    private const string Signs = "{}<>[]:,;-";
    private const string Escapes = "n\nr\rt\ta\ab\bf\fv\v\\\\''\"\"??";
    private int position;
    private int line = 1;

    /// <exception cref="InvalidDataException">A sign that the format does not have, or a text that does not end.</exception>
    public TextFormatToken Next()
    {
        SkipBlank();
        if (position == text.Length)
        {
            return new TextFormatToken(TextFormatTokenKind.End, "", line);
        }

        var first = text[position];
        return first is '"' or '\'' ? new TextFormatToken(TextFormatTokenKind.Text, ReadText(first), line)
            : char.IsAsciiLetter(first) || first == '_' ? Take(TextFormatTokenKind.Word, letter => char.IsAsciiLetterOrDigit(letter) || letter == '_')
            : char.IsAsciiDigit(first) || first == '.' ? Take(TextFormatTokenKind.Number, letter => char.IsAsciiLetterOrDigit(letter) || letter == '.')
            : Signs.Contains(first, StringComparison.Ordinal) ? new TextFormatToken(TextFormatTokenKind.Sign, text[position++].ToString(), line)
            : throw Invalid(line, $"U+{(int)first:X4} is not expected here");
    }

    public static InvalidDataException Invalid(int line, string message) => new(string.Create(CultureInfo.InvariantCulture, $"line {line}: {message}"));

    private void SkipBlank()
    {
        while (position < text.Length && (char.IsWhiteSpace(text[position]) || text[position] == '#'))
        {
            if (text[position] == '#')
            {
                var end = text.IndexOf('\n', position);
                position = end < 0 ? text.Length : end;
            }
            else
            {
                line += text[position++] == '\n' ? 1 : 0;
            }
        }
    }

    private TextFormatToken Take(TextFormatTokenKind kind, Func<char, bool> belongs)
    {
        var start = position;
        while (position < text.Length && belongs(text[position]))
        {
            position++;
        }

        return new TextFormatToken(kind, text[start..position], line);
    }

    private string ReadText(char quote)
    {
        var value = new StringBuilder();
        for (position++; position < text.Length && text[position] is var letter && letter != '\n'; position++)
        {
            if (letter == quote)
            {
                position++;
                return value.ToString();
            }

            value.Append(letter == '\\' ? ReadEscape() : letter);
        }

        throw Invalid(line, "a text does not end on its line");
    }

    /// <summary>The one-letter escapes; bytes by their number, which names and texts of a configuration do not need, are refused.</summary>
    private char ReadEscape()
    {
        var letter = ++position < text.Length ? text[position] : '\n';
        for (var i = 0; i < Escapes.Length; i += 2)
        {
            if (Escapes[i] == letter)
            {
                return Escapes[i + 1];
            }
        }

        throw Invalid(line, "a text has an escape that is not supported");
    }
}
