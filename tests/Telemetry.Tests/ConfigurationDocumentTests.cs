using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.Testing;

namespace MlAspire.Telemetry.Tests;

/// <summary>docs/configuration.md says what can be set: each option of each service as its class has it.</summary>
public sealed partial class ConfigurationDocumentTests
{
    private const string Begin = "<!-- From here on made of the options classes: WRITE_DOCS=1 writes it anew. -->";

    private static readonly string Path = System.IO.Path.Combine(Checkout.Root, "docs", "configuration.md");

    [Fact]
    public async Task Every_option_of_every_service_is_in_the_document_as_its_class_has_it()
    {
        await using var services = await RunningServices.StartAsync();
        var sections = RunningServices.All.SelectMany(service => services.HostOf(service).Services.GetServices<OptionsSection>().Select(section => (Service: service, Section: section)))
            .GroupBy(each => each.Section, each => each.Service).OrderBy(each => each.Key.Name, StringComparer.Ordinal).ThenBy(each => each.First(), StringComparer.Ordinal);
        var expected = string.Concat(sections.Select(section => TableOf(section.Key, section.Distinct().Count() == RunningServices.All.Count ? "every service" : string.Join(", ", section.Distinct()))));

        var text = await File.ReadAllTextAsync(Path);
        var made = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        if (Environment.GetEnvironmentVariable("WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(Path, $"{text[..made]}\n{expected}");
        }
        else
        {
            Assert.Equal($"\n{expected}", text[made..]);
        }
    }

    private static string TableOf(OptionsSection section, string services)
    {
        var table = new StringBuilder().Append(CultureInfo.InvariantCulture, $"\n## {section.Name} ({services})\n\n| key | environment variable | type | default | range | what it does |\n|---|---|---|---|---|---|\n");
        foreach (var (key, property, value) in OptionsOf(section.Type, section.Name, Activator.CreateInstance(section.Type)))
        {
            var cells = new[] { $"`{key}`", $"`{key.Replace(":", "__", StringComparison.Ordinal)}`", TypeOf(property.PropertyType), Text(value), RangeOf(property), Comments.Of(property) };
            table.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |\n");
        }

        return table.ToString();
    }

    private static IEnumerable<(string Key, PropertyInfo Property, object? Value)> OptionsOf(Type type, string path, object? of) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.GetIndexParameters().Length == 0).Where(property => property.GetSetMethod() is not null || IsMany(property.PropertyType)).SelectMany(property =>
        {
            var key = $"{path}:{property.Name}";
            var value = of is null ? null : property.GetValue(of);
            return PartsOf(property.PropertyType) switch
            {
                null => [(key, property, value)],
                (var name, null) => [($"{key}:{name}", property, value)],
                (var name, var part) => OptionsOf(part, name.Length == 0 ? key : $"{key}:{name}", name.Length == 0 ? value : Made(part)),
            };
        });

    /// <summary>How a value of many, or of a class of ours, is written: what stands in the key for each, and the class that has further options.</summary>
    private static (string Name, Type? Class)? PartsOf(Type type)
    {
        if (!IsMany(type))
        {
            return IsOurs(type) ? ("", type) : null;
        }

        var (name, part) = type.GetGenericArguments() is [_, var value] ? ("NAME", value) : ("0", type.GetElementType() ?? type.GetGenericArguments()[0]);
        return (name, IsOurs(part) ? part : null);
    }

    private static bool IsMany(Type type) => type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type);

    private static bool IsOurs(Type type) => type is { IsClass: true, Namespace: { } space } && space.StartsWith("MlAspire.", StringComparison.Ordinal);

    private static object? Made(Type type) => type.GetConstructor([]) is null ? null : Activator.CreateInstance(type);

    private static string TypeOf(Type type) => Nullable.GetUnderlyingType(type) is { } given ? TypeOf(given) : type switch
    {
        { IsEnum: true } => string.Join(", ", Enum.GetNames(type).Select(name => $"`{name}`")),
        _ when type == typeof(string) => "text",
        _ when type == typeof(bool) => "`true` or `false`",
        _ when type == typeof(TimeSpan) => "time, `d.hh:mm:ss`",
        _ when type == typeof(double) || type == typeof(float) || type == typeof(decimal) => "number",
        _ when type == typeof(int) || type == typeof(long) => "whole number",
        _ when IsMany(type) => TypeOf(type.GetElementType() ?? type.GetGenericArguments()[^1]),
        _ => type.Name,
    };

    private static string Text(object? value) => value switch
    {
        null or "" or ICollection { Count: 0 } => "none",
        string text => $"`{text}`",
        bool flag => flag ? "`true`" : "`false`",
        IEnumerable many => string.Join(", ", many.Cast<object>().Select(Text)),
        IFormattable number => $"`{number.ToString(null, CultureInfo.InvariantCulture)}`",
        _ => $"`{value}`",
    };

    private static string RangeOf(PropertyInfo property) => string.Concat(property.GetCustomAttributes<ValidationAttribute>().Select(check => check switch
    {
        RangeAttribute range => string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}"),
        TimeRangeAttribute range => $"{range.Minimum} to {range.Maximum}",
        _ => "",
    }));

    /// <summary>The comments that the compiler wrote beside the assemblies.</summary>
    private static partial class Comments
    {
        private static readonly Dictionary<string, XDocument> Documents = [];

        public static string Of(PropertyInfo property)
        {
            var assembly = property.DeclaringType!.Assembly;
            if (!Documents.TryGetValue(assembly.Location, out var document))
            {
                Documents[assembly.Location] = document = XDocument.Load(System.IO.Path.ChangeExtension(assembly.Location, ".xml"));
            }

            var name = $"P:{property.DeclaringType.FullName!.Replace('+', '.')}.{property.Name}";
            var member = document.Descendants("member").FirstOrDefault(member => (string?)member.Attribute("name") == name)?.Element("summary");
            Assert.True(member is not null, $"{name} has no comment");
            return Spaces().Replace(string.Concat(member.Nodes().Select(TextOf)), " ").Trim();
        }

        private static string TextOf(XNode node) => node switch
        {
            XText text => text.Value,
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement element => ((string?)element.Attribute("cref") ?? (string?)element.Attribute("name") ?? (string?)element.Attribute("langword") ?? element.Value).Split('.')[^1],
            _ => "",
        };

        [GeneratedRegex(@"\s+")]
        private static partial Regex Spaces();
    }
}
