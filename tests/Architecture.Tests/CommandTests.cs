using System.Text.RegularExpressions;

namespace MlAspire.Architecture.Tests;

/// <summary>What README and the documents tell a reader to run is there.</summary>
public sealed partial class CommandTests
{
    private static readonly string Script = Repository.Text("mlaspire");

    [Fact]
    public void Every_command_that_a_document_names_is_one_of_the_script_and_in_its_usage()
    {
        var known = CaseOf().Matches(Script[Script.LastIndexOf("case ", StringComparison.Ordinal)..]).SelectMany(match => match.Groups[1].Value.Split('|')).ToHashSet();
        var named = Repository.Files(".md").SelectMany(file => CommandOf().Matches(Repository.Text(file)).Select(match => (File: file, Command: match.Groups[1].Value))).ToList();

        Assert.NotEmpty(named);
        Assert.All(named, each => Assert.True(known.Contains(each.Command), $"{each.File} names ./mlaspire {each.Command}"));
        Assert.All(known, command => Assert.Matches($"(?m)^  {command}( |$)", Script));
    }

    [GeneratedRegex(@"\./mlaspire ([a-z]+)")]
    private static partial Regex CommandOf();

    [GeneratedRegex(@"^  ([a-z|]+)\) ", RegexOptions.Multiline)]
    private static partial Regex CaseOf();
}
