using System.Runtime.CompilerServices;

namespace MlAspire.Inference.Api.Rest;

/// <summary>The names that an object has had so far. The first eight are kept in place: an object of V2 seldom has more, and a set for each object costs more than reading it.</summary>
internal struct PropertyNames
{
    private Few few;
    private int count;
    private HashSet<string>? many;

    public readonly int Count => count + (many?.Count ?? 0);

    /// <returns>False when the name was there already.</returns>
    public bool Add(string name)
    {
        Span<string?> first = few;
        if (first[..count].Contains(name))
        {
            return false;
        }

        if (count < first.Length)
        {
            first[count++] = name;
            return true;
        }

        return (many ??= new HashSet<string>(StringComparer.Ordinal)).Add(name);
    }

    [InlineArray(8)]
    private struct Few
    {
        private string? first;
    }
}
