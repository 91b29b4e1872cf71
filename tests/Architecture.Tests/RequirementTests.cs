using System.Text.RegularExpressions;

namespace MlAspire.Architecture.Tests;

/// <summary>docs/requirements.md names, for each requirement, the tests that show it: they exist.</summary>
public sealed partial class RequirementTests
{
    // "| L03 | one JSON object a line | `JsonLogFormatterTests.Any_text_is_one_line_of_valid_JSON`, ... |"
    private static readonly string[][] Rows = [.. Repository.Lines("docs/requirements.md").Where(line => RowOf().IsMatch(line)).Select(line => line.Split('|')[1..^1].Select(cell => cell.Trim()).ToArray())];

    [Fact]
    public void Every_test_that_the_table_names_exists()
    {
        var known = Repository.Files(".cs").Where(file => file.StartsWith("tests/", StringComparison.Ordinal)).ToLookup(file => Path.GetFileNameWithoutExtension(file), Repository.Text);

        Assert.NotEmpty(Rows);
        Assert.All(Rows.SelectMany(row => TestOf().Matches(row[2])), test =>
            Assert.Contains(known[test.Groups["class"].Value], text => Regex.IsMatch(text, $@"(void|Task) {test.Groups["method"].Value}\(")));
    }

    [Fact]
    public void Every_row_is_there_once_in_its_order_with_a_test_or_what_is_missing()
    {
        Assert.Equal(Rows.Select(row => row[0]).Distinct().Order(StringComparer.Ordinal), Rows.Select(row => row[0]));
        Assert.All(Rows, row => Assert.True(TestOf().IsMatch(row[2]) || row[2].StartsWith("open: ", StringComparison.Ordinal), string.Join(" | ", row)));
    }

    [GeneratedRegex(@"^\| [A-Z]\d\d \|")]
    private static partial Regex RowOf();

    [GeneratedRegex(@"\b(?<class>\w+Tests)\.(?<method>[A-Z]\w+)")]
    private static partial Regex TestOf();
}
