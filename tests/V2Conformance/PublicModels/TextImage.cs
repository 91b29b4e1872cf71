namespace MlAspire.V2Conformance;

/// <summary>Digits drawn black on white, as the text models want an image: channels first, each value in [-1, 1].</summary>
internal sealed class TextImage(int width, int height)
{
    public const int GlyphWidth = 5;
    public const int GlyphHeight = 7;

    /// <summary>The pixels of each digit, a row a number, the leftmost pixel its highest bit.</summary>
    private static readonly byte[][] Digits =
    [
        [14, 17, 17, 17, 17, 17, 14], [4, 12, 4, 4, 4, 4, 14], [14, 17, 1, 2, 4, 8, 31], [14, 17, 1, 6, 1, 17, 14], [2, 6, 10, 18, 31, 2, 2],
        [31, 16, 30, 1, 1, 17, 14], [14, 16, 16, 30, 17, 17, 14], [31, 1, 2, 4, 4, 4, 4], [14, 17, 17, 14, 17, 17, 14], [14, 17, 17, 15, 1, 1, 14],
    ];

    private readonly bool[] ink = new bool[width * height];

    /// <summary>Draws <paramref name="text"/> with its upper left corner at a pixel; a dot of the glyphs is <paramref name="scale"/> pixels wide and high.</summary>
    public TextImage Draw(string text, int left, int top, int scale)
    {
        for (var y = 0; y < GlyphHeight * scale; y++)
        {
            for (var x = 0; x < text.Length * (GlyphWidth + 1) * scale; x++)
            {
                var column = x / scale % (GlyphWidth + 1);
                var row = Digits[text[x / scale / (GlyphWidth + 1)] - '0'][y / scale];
                ink[((top + y) * width) + left + x] |= column < GlyphWidth && (row >> (GlyphWidth - 1 - column) & 1) == 1;
            }
        }

        return this;
    }

    /// <summary>Shape [1, 3, height, width].</summary>
    public V2Tensor ToTensor(string name)
    {
        object[] channel = [.. ink.Select(black => (object)(black ? -1.0 : 1.0))];
        return new V2Tensor(name, "FP32", [1, 3, height, width], [.. channel, .. channel, .. channel]);
    }
}
