namespace MlAspire.Inference.Api.Rest;

/// <summary>Triton's clients write bare <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, which JSON does not have. Only when a body is not JSON is it looked through for them.</summary>
internal static class BareNumbers
{
    private static readonly byte[][] Words = ["NaN"u8.ToArray(), "Infinity"u8.ToArray(), "-Infinity"u8.ToArray()];

    /// <summary>The body with each bare word in quotes, as JSON can hold it; null when there is none. Text inside strings is left alone.</summary>
    /// <param name="places">Where the result has those words, ascending: whoever reads it must refuse them where no floating-point number stands.</param>
    public static byte[]? Quote(ReadOnlySpan<byte> json, out List<int> places)
    {
        places = [];
        var output = new List<byte>(json.Length + 64);
        var inString = false;
        for (var i = 0; i < json.Length; i++)
        {
            if (!inString && Word(json[i..]) is { } word)
            {
                places.Add(output.Count);
                output.Add((byte)'"');
                output.AddRange(word);
                output.Add((byte)'"');
                i += word.Length - 1;
                continue;
            }

            output.Add(json[i]);
            if (inString && json[i] == '\\' && i + 1 < json.Length)
            {
                output.Add(json[++i]);
            }
            else if (json[i] == '"')
            {
                inString = !inString;
            }
        }

        return places.Count > 0 ? [.. output] : null;
    }

    /// <summary>How many of <paramref name="places"/> are in a part of the text. O(log n).</summary>
    public static int CountWithin(Range text, List<int> places) => Before(text.End.Value, places) - Before(text.Start.Value, places);

    private static int Before(int position, List<int> places)
    {
        var found = places.BinarySearch(position);
        return found < 0 ? ~found : found;
    }

    private static byte[]? Word(ReadOnlySpan<byte> rest)
    {
        foreach (var word in Words)
        {
            if (rest.StartsWith(word))
            {
                return word;
            }
        }

        return null;
    }
}
