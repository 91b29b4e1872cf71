using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;

namespace MlAspire.FeatureStore.Registry;

/// <summary>A JSON value together with its path. What is wrong is noted and a harmless value returned, so that one reading finds every problem.</summary>
internal readonly partial record struct JsonPath(JsonElement Element, string Path, List<RegistryProblem> Problems)
{
    /// <summary>Notes what is wrong; of what is not there, that is noted once, where it is required.</summary>
    public void Report(string message)
    {
        if (Element.ValueKind != JsonValueKind.Undefined)
        {
            Problems.Add(new RegistryProblem(Path, message));
        }
    }

    /// <summary>The property, or null when the object has none.</summary>
    public JsonPath? Find(string name) =>
        Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(name, out var value) ? this with { Element = value, Path = $"{Path}.{name}" } : null;

    /// <summary>The property; a missing one is reported and undefined.</summary>
    public JsonPath Require(string name)
    {
        if (Find(name) is { } found)
        {
            return found;
        }
        if (Element.ValueKind == JsonValueKind.Object)
        {
            Report($"'{name}' is missing");
        }
        return this with { Element = default, Path = $"{Path}.{name}" };
    }

    /// <summary>Reports properties other than these, so that a misspelt one is not silently ignored.</summary>
    public void AllowOnly(params ReadOnlySpan<string> names)
    {
        if (!Expect(JsonValueKind.Object))
        {
            return;
        }
        foreach (var property in Element.EnumerateObject())
        {
            if (!names.Contains(property.Name))
            {
                (this with { Path = $"{Path}.{property.Name}" }).Report("is not a property of this object");
            }
        }
    }

    public List<JsonPath> Items()
    {
        var items = new List<JsonPath>();
        if (!Expect(JsonValueKind.Array))
        {
            return items;
        }
        foreach (var element in Element.EnumerateArray())
        {
            items.Add(this with { Element = element, Path = $"{Path}[{items.Count}]" });
        }
        return items;
    }

    /// <summary>Every property of the object.</summary>
    public List<(string Name, JsonPath Value)> Properties()
    {
        var properties = new List<(string, JsonPath)>();
        if (!Expect(JsonValueKind.Object))
        {
            return properties;
        }
        foreach (var property in Element.EnumerateObject())
        {
            properties.Add((property.Name, this with { Element = property.Value, Path = $"{Path}.{property.Name}" }));
        }
        return properties;
    }

    /// <summary>The string; "" when it is not one (reported).</summary>
    public string Text()
    {
        if (!Expect(JsonValueKind.String))
        {
            return "";
        }
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            Report("is no text: it has half a surrogate pair"); // which JSON allows, escaped
            return "";
        }
    }

    /// <summary>The string, which must be a name: a letter or underscore, then letters, digits, underscores; at most 64. "" when not (reported).</summary>
    public string Name()
    {
        var text = Text();
        if (text.Length == 0 && Element.ValueKind != JsonValueKind.String)
        {
            return "";
        }
        if (NamePattern().IsMatch(text))
        {
            return text;
        }
        Report("must be a name of 1 to 64 letters, digits and underscores that does not start with a digit");
        return "";
    }

    public int Integer()
    {
        if (!Expect(JsonValueKind.Number))
        {
            return 0;
        }
        if (Element.TryGetInt32(out var value))
        {
            return value;
        }
        Report("must be a whole number");
        return 0;
    }

    public long LongInteger()
    {
        if (!Expect(JsonValueKind.Number))
        {
            return 0;
        }
        if (Element.TryGetInt64(out var value))
        {
            return value;
        }
        Report("must be a whole number of 64 bits");
        return 0;
    }

    public bool Boolean()
    {
        if (Element.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Report("must be true or false");
        }
        return Element.ValueKind == JsonValueKind.True;
    }

    public double Number()
    {
        if (!Expect(JsonValueKind.Number))
        {
            return 0;
        }
        if (Element.TryGetDouble(out var value) && double.IsFinite(value))
        {
            return value;
        }
        Report("must be within the range of 64-bit numbers");
        return 0;
    }

    public float FloatNumber()
    {
        var value = (float)Number();
        if (!float.IsFinite(value))
        {
            Report("must be within the range of 32-bit numbers");
        }
        return value;
    }

    /// <summary>The ISO 8601 duration of days, hours, minutes and seconds; zero when it is none (reported).</summary>
    public TimeSpan Duration()
    {
        var text = Text();
        if (DurationPattern().IsMatch(text))
        {
            return XmlConvert.ToTimeSpan(text);
        }
        if (Element.ValueKind == JsonValueKind.String)
        {
            Report("must be an ISO 8601 duration of days, hours, minutes and seconds, e.g. PT5M or P7D");
        }
        return TimeSpan.Zero;
    }

    /// <summary>The clock time, hours and minutes; midnight when it is none (reported).</summary>
    public TimeSpan ClockTime()
    {
        if (TimeOnly.TryParseExact(Text(), "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return time.ToTimeSpan();
        }
        if (Element.ValueKind == JsonValueKind.String)
        {
            Report("must be a clock time, e.g. 03:00");
        }
        return TimeSpan.Zero;
    }

    private bool Expect(JsonValueKind kind)
    {
        if (Element.ValueKind == kind)
        {
            return true;
        }
        if (Element.ValueKind != JsonValueKind.Undefined)
        {
            Report($"must be {Describe(kind)}, not {Describe(Element.ValueKind)}");
        }
        return false;
    }

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,63}\\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^P(?=[0-9T])([0-9]{1,5}D)?(T(?=[0-9])([0-9]{1,6}H)?([0-9]{1,6}M)?([0-9]{1,8}S)?)?\\z")]
    private static partial Regex DurationPattern();
}
