using System.Text.RegularExpressions;

namespace MlAspire.Architecture.Tests;

/// <summary>The documents' links to files and headings of the repository lead there.</summary>
public sealed partial class LinkTests
{
    [Fact]
    public void Every_link_of_a_document_has_its_file_and_its_heading()
    {
        var links = Repository.Files(".md").SelectMany(file => LinkOf().Matches(Repository.Text(file)).Select(match => (File: file, Path: match.Groups[1].Value, Heading: match.Groups[2].Value))).ToList();

        Assert.NotEmpty(links);
        Assert.All(links, link =>
        {
            var target = link.Path.Length == 0 ? link.File : Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, Path.GetDirectoryName(link.File)!, link.Path));
            Assert.True(Path.Exists(Path.Combine(Repository.Root, target)), $"{link.File} links {link.Path}, which is not there");
            Assert.True(link.Heading.Length == 0 || HeadingsOf(target).Contains(link.Heading), $"{link.File} links {target}#{link.Heading}, which has no such heading");
        });
    }

    // As GitHub makes them: lower case, a hyphen for each space, nothing of other punctuation.
    private static HashSet<string> HeadingsOf(string file) =>
        [.. HeadingOf().Matches(Repository.Text(file)).Select(match => PunctuationOf().Replace(match.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    [GeneratedRegex(@"\]\((?!https?:)([^)\s#]*)#?([^)\s]*)\)")]
    private static partial Regex LinkOf();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex HeadingOf();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex PunctuationOf();
}
