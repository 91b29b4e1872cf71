using System.Globalization;

namespace MlAspire.ServiceDefaults.Redaction;

/// <summary>Names of one object: those that are the same once they are redacted get a number, as what reads the JSON may refuse an object that has a name twice.</summary>
internal sealed class UniqueNames
{
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> last = new(StringComparer.Ordinal);

    public string Of(string name)
    {
        var unique = name;
        while (!taken.Add(unique))
        {
            last[name] = last.GetValueOrDefault(name, 1) + 1;
            unique = string.Create(CultureInfo.InvariantCulture, $"{name} {last[name]}");
        }

        return unique;
    }
}
