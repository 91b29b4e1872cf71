using System.Security.Cryptography;
using Aspire.Hosting.Publishing;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What a parameter is when nobody gives it a value.</summary>
public abstract class ParameterDefault
{
    public abstract void WriteToManifest(ManifestPublishingContext context);

    public abstract string GetDefaultValue();
}

/// <summary>A random value. <c>Min…</c> of a class is how many characters of that class it has at least.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    // Characters that look alike or that shells and URLs treat specially are left out.
    private const string LowerCharacters = "abcdefghjkmnpqrstuvwxyz";
    private const string UpperCharacters = "ABCDEFGHJKMNPQRSTUVWXYZ";
    private const string NumericCharacters = "0123456789";
    private const string SpecialCharacters = "-_.{}~()*+!";

    public int MinLength { get; set; } = 22;

    public bool Lower { get; set; } = true;

    public bool Upper { get; set; } = true;

    public bool Numeric { get; set; } = true;

    public bool Special { get; set; } = true;

    public int MinLower { get; set; }

    public int MinUpper { get; set; }

    public int MinNumeric { get; set; }

    public int MinSpecial { get; set; }

    public override void WriteToManifest(ManifestPublishingContext context)
    {
        var writer = context.Writer;
        writer.WriteStartObject("generate");
        writer.WriteNumber("minLength", MinLength);
        foreach (var (name, _, isUsed, _) in Classes().Where(c => !c.IsUsed))
        {
            writer.WriteBoolean(name, isUsed);
        }

        foreach (var (name, _, _, minimum) in Classes().Where(c => c.Minimum != 0))
        {
            writer.WriteNumber($"min{char.ToUpperInvariant(name[0])}{name[1..]}", minimum);
        }

        writer.WriteEndObject();
    }

    /// <summary>A new value on every call, from the system's cryptographic generator.</summary>
    /// <exception cref="InvalidOperationException">No class of characters is allowed, or a minimum is set for one that is not.</exception>
    public override string GetDefaultValue()
    {
        var used = Classes().Where(c => c.IsUsed).ToArray();
        if (used.Length == 0 || Classes().Any(c => !c.IsUsed && c.Minimum > 0))
        {
            throw new InvalidOperationException("A generated value needs at least one class of characters, and a minimum only for classes that are allowed.");
        }

        var characters = used.SelectMany(c => RandomNumberGenerator.GetItems<char>(c.Characters, c.Minimum)).ToList();
        var all = string.Concat(used.Select(c => c.Characters));
        characters.AddRange(RandomNumberGenerator.GetItems<char>(all, Math.Max(0, MinLength - characters.Count)));
        var shuffled = characters.ToArray();
        RandomNumberGenerator.Shuffle<char>(shuffled);
        return new string(shuffled);
    }

    private (string Name, string Characters, bool IsUsed, int Minimum)[] Classes() =>
    [
        ("lower", LowerCharacters, Lower, MinLower),
        ("upper", UpperCharacters, Upper, MinUpper),
        ("numeric", NumericCharacters, Numeric, MinNumeric),
        ("special", SpecialCharacters, Special, MinSpecial),
    ];
}

/// <summary>A fixed value, read once.</summary>
internal sealed class ConstantParameterDefault(Func<string> valueGetter) : ParameterDefault
{
    private readonly Lazy<string> value = new(valueGetter);

    public override string GetDefaultValue() => value.Value;

    public override void WriteToManifest(ManifestPublishingContext context) => context.Writer.WriteString("value", GetDefaultValue());
}
