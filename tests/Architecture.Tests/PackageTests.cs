using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace MlAspire.Architecture.Tests;

public sealed class PackageTests
{
    private static readonly XDocument Packages = XDocument.Parse(Repository.Text("Directory.Packages.props"), LoadOptions.PreserveWhitespace);

    [Fact]
    public void Every_version_is_exact()
    {
        Assert.All(Packages.Descendants("PackageVersion"), p => Assert.Matches(@"^\d+\.\d+\.\d+(-[\w.]+)?$", VersionOf(p)));
    }

    [Fact]
    public void Every_package_is_used_or_pins_what_another_brings()
    {
        var used = Repository.Files(".csproj").Concat(Repository.Files(".props"))
            .SelectMany(f => Repository.Items(f, "PackageReference")).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var unused = Packages.Descendants("PackageVersion").Where(p => !used.Contains((string)p.Attribute("Include")!) && !ReasonOf(p).Contains("transitive", StringComparison.Ordinal));
        Assert.Empty(unused.Select(p => (string)p.Attribute("Include")!));
    }

    [Fact]
    public void Every_package_beyond_the_prescribed_ones_has_its_reason_beside_it()
    {
        string[] prescribed = ["Aspire.", "OpenTelemetry", "Microsoft.NET.Test.Sdk", "xunit"];
        var without = Packages.Descendants("PackageVersion")
            .Where(p => !prescribed.Any(s => ((string)p.Attribute("Include")!).StartsWith(s, StringComparison.Ordinal)) && ReasonOf(p).Length == 0);
        Assert.Empty(without.Select(p => (string)p.Attribute("Include")!));
    }

    [Fact]
    public void The_AppHost_sdk_and_the_packages_have_one_version()
    {
        var version = Packages.Descendants("AspireVersion").Single().Value;
        Assert.Equal(version, Regex.Match(Repository.Text("AppHost/AppHost.csproj"), "Aspire.AppHost.Sdk/([^\"]+)\"").Groups[1].Value);
    }

    // "$(AspireVersion)" is the property of this name, in the same file.
    private static string VersionOf(XElement package)
    {
        var version = (string)package.Attribute("Version")!;
        return Regex.Match(version, @"^\$\((\w+)\)$") is { Success: true } property ? Packages.Descendants(property.Groups[1].Value).Single().Value : version;
    }

    // The comment on the same line.
    private static string ReasonOf(XElement package) =>
        package.NodesAfterSelf().TakeWhile(n => n is XComment || (n is XText t && !t.Value.Contains('\n', StringComparison.Ordinal))).OfType<XComment>().FirstOrDefault()?.Value ?? "";
}
