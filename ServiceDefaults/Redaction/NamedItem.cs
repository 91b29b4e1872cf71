using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Primitives;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>An item of a collection that has a name: an entry of a dictionary, of headers, of a query or a form.</summary>
internal sealed record NamedItem(object? Name, object? Value)
{
    /// <summary>Null when the item has no name.</summary>
    public static NamedItem? Of(object? item) => item switch
    {
        KeyValuePair<string, object?> pair => new(pair.Key, pair.Value),
        KeyValuePair<string, string?> pair => new(pair.Key, pair.Value),
        KeyValuePair<string, StringValues> pair => new(pair.Key, pair.Value.ToString()),
        KeyValuePair<string, IEnumerable<string>> pair => new(pair.Key, pair.Value),
        DictionaryEntry entry => new(entry.Key, entry.Value),
        _ when item?.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>) => Reflection.FindsAll ? Read(item) : Unread,
        _ => null,
    };

    /// <summary>For a pair of types that only reflection can read, where it finds nothing.</summary>
    private static NamedItem Unread { get; } = new(Redactor.Mark, Redactor.Mark);

    [RequiresUnreferencedCode("Properties that no code names are not there in a program that is compiled natively.")]
    private static NamedItem Read(object pair) => new(pair.GetType().GetProperty("Key")!.GetValue(pair), pair.GetType().GetProperty("Value")!.GetValue(pair));
}
