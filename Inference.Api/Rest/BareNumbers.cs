namespace MlAspire.Inference.Api.Rest;

/// <summary>Triton's clients write bare <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, which JSON does not have. Only when a body is not JSON is it looked through for them.</summary>
internal static class BareNumbers
{
    private static readonly byte[][] Words = ["NaN"u8.ToArray(), "Infinity"u8.ToArray(), "-Infinity"u8.ToArray()];

    /// <summary>The body with each bare word in quotes, as JSON can hold it; null when there is none. Text inside strings is left alone.</summary>
    public static byte[]? Quote(ReadOnlySpan<byte> json)
    {
        var output = new List<byte>(json.Length + 64);
        var inString = false;
        var found = false;
        for (var i = 0; i < json.Length; i++)
        {
            if (!inString && Word(json[i..]) is { } word)
            {
                output.Add((byte)'"');
                output.AddRange(word);
                output.Add((byte)'"');
                i += word.Length - 1;
                found = true;
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

        return found ? [.. output] : null;
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
