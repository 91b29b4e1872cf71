using System.Text.RegularExpressions;

namespace MlAspire.Architecture.Tests;

public sealed partial class SourceTests
{
    private static readonly string[] VagueNames = ["Helper", "Helpers", "Manager", "Util", "Utils", "Common", "Base", "Impl", "Misc", "Extensions"];
    private static readonly string[] VagueFolders = ["Services", "Helpers", "Models", "Extensions", "Common", "Utils", "Misc", "Shared", "Core"];

    [Fact]
    public void No_source_file_is_longer_than_350_lines()
    {
        Assert.Empty(Repository.Files(".cs").Where(f => Repository.Lines(f).Length > 350).Select(f => $"{f}: {Repository.Lines(f).Length} lines"));
    }

    [Fact]
    public void No_method_has_more_than_40_lines()
    {
        Assert.Empty(
            from file in Repository.ProductSources
            from body in BodyOf().Matches(Repository.Text(file))
            where !IsType().IsMatch(body.Groups["declaration"].Value) && body.Groups["line"].Captures.Count > 40
            select $"{file}: {body.Groups["declaration"].Value.Trim()} has {body.Groups["line"].Captures.Count} lines");
    }

    [Fact]
    public void No_file_has_a_name_that_says_nothing()
    {
        Assert.DoesNotContain(Repository.ProductSources, f => VagueNames.Any(v => Path.GetFileNameWithoutExtension(f).EndsWith(v, StringComparison.Ordinal) && !IsNamedExtension(f)));
    }

    [Fact]
    public void Folders_are_domain_nouns()
    {
        // Inference.Api/Models holds models: there it is the domain's noun.
        var offenders = Repository.ProductSources.Select(f => Path.GetDirectoryName(f)!.Replace('\\', '/')).Distinct()
            .Where(d => d != "Inference.Api/Models" && VagueFolders.Contains(d.Split('/')[^1]));
        Assert.Empty(offenders);
    }

    [Fact]
    public void A_namespace_is_the_folder()
    {
        var offenders = Repository.ProductSources.Where(f => !f.EndsWith("/Program.cs", StringComparison.Ordinal) && !f.EndsWith("/AppHost.cs", StringComparison.Ordinal)).Where(f =>
        {
            var expected = "MlAspire." + Path.GetDirectoryName(f)!.Replace('\\', '/').Replace('/', '.');
            var declared = NamespaceOf().Match(Repository.Text(f)).Groups[1].Value;
            return declared.Length > 0 && declared != expected;
        });
        Assert.Empty(offenders);
    }

    [Fact]
    public void Http_and_grpc_types_stay_at_the_edge()
    {
        string[] types = ["HttpContext", "IResult", "ServerCallContext"];
        var offenders =
            from file in Repository.ProductSources
            where Repository.Services.Contains(file.Split('/')[0]) && !IsEdge(file)
            let text = Repository.Text(file)
            where types.Any(t => Regex.IsMatch(text, $@"\b{t}\b"))
            select file;
        Assert.Empty(offenders);
    }

    [Fact]
    public void Program_is_a_table_of_contents()
    {
        Assert.All(Repository.Services, s => Assert.True(Repository.Lines($"{s}/Program.cs").Length <= 30, $"{s}/Program.cs is longer than 30 lines"));
        Assert.True(Repository.Lines("AppHost/AppHost.cs").Length <= 60, "AppHost.cs is longer than 60 lines");
    }

    [Fact]
    public void Nothing_unfinished_or_silenced()
    {
        string[] marks = ["TODO", "FIXME", "HACK", "NotImplementedException", "#pragma warning disable"];
        var offenders = Repository.ProductSources.SelectMany(f => Repository.Lines(f).Where(l => marks.Any(m => l.Contains(m, StringComparison.Ordinal))).Select(l => $"{f}: {l.Trim()}"));
        Assert.Empty(offenders);
    }

    [Fact]
    public void A_block_has_lines_of_its_own_and_nothing_is_said_of_a_context_that_is_not_there()
    {
        Assert.Empty(
            from file in Repository.ProductSources
            from line in Repository.Lines(file)
            where BlockOnOneLine().IsMatch(line) || line.Contains(".ConfigureAwait(false)", StringComparison.Ordinal)
            select $"{file}: {line.Trim()}");
    }

    private static bool IsNamedExtension(string file) =>
        Path.GetFileNameWithoutExtension(file) is var name && name.EndsWith("Extensions", StringComparison.Ordinal) && name.Length > "Extensions".Length;

    private static bool IsEdge(string file) =>
        file.Contains("/Rest/", StringComparison.Ordinal) || file.Contains("/Grpc/", StringComparison.Ordinal) || Path.GetFileName(file) is "Program.cs" ||
        file.EndsWith("App.cs", StringComparison.Ordinal) || file.EndsWith("Endpoints.cs", StringComparison.Ordinal) || file.EndsWith("Middleware.cs", StringComparison.Ordinal) ||
        file.EndsWith("Page.cs", StringComparison.Ordinal) || file.EndsWith("Proxy.cs", StringComparison.Ordinal);

    /// <summary>A member of a type of the file, its braces four columns in: what stands before them, and the lines between.</summary>
    [GeneratedRegex(@"^(?<declaration>    [^\s{}/\[].*\r?\n(?:     .*\r?\n)*)    \{\r?\n(?<line>(?:(?!    \}).*)\r?\n)*    \}", RegexOptions.Multiline)]
    private static partial Regex BodyOf();

    [GeneratedRegex(@"^\s*(else if|if|else|for|foreach|while|lock|using|try|catch|finally)\b.*\{ .*\}\s*(//.*)?$")]
    private static partial Regex BlockOnOneLine();

    [GeneratedRegex(@"\b(class|record|struct|interface|enum|extension)\b")]
    private static partial Regex IsType();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceOf();
}
