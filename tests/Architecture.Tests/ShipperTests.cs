using System.Text.Json.Nodes;
using MlAspire.Testing;

namespace MlAspire.Architecture.Tests;

/// <summary>docs/logs: the shippers' configurations do what the table says, and the example's lines become what is written beside it.</summary>
public sealed class ShipperTests
{
    [Fact]
    public void The_configurations_rename_what_the_table_says_and_nothing_else()
    {
        var table = Repository.Lines("docs/logs/shipping.md").Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|').Select(cell => cell.Trim(' ', '`')).ToArray()).ToArray();

        Assert.Equal(Renames(table, 2), ShipperMapping.Ecs.Renamed.Order());
        Assert.Equal(Renames(table, 3), ShipperMapping.Datadog.Renamed.Order());
        Assert.All(table, row => Assert.True(LogSchema.Root["properties"]![row[1]] is not null || LogSchema.Root["$defs"]!["own"]!["properties"]![row[1]] is not null, $"no line has a field {row[1]}"));
    }

    [Theory]
    [InlineData("ecs")]
    [InlineData("datadog")]
    public void A_real_line_becomes_the_expected_object(string target)
    {
        var mapping = target == "ecs" ? ShipperMapping.Ecs : ShipperMapping.Datadog;
        var lines = Repository.Lines("docs/logs/example.jsonl");
        var expected = Repository.Lines($"docs/logs/example.{target}.jsonl");

        Assert.Empty(lines.SelectMany(LogSchema.ProblemsOf));
        Assert.Equal(expected.Length, lines.Length);
        Assert.All(lines.Zip(expected), pair =>
        {
            var mapped = mapping.Map(pair.First);
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(pair.Second), mapped), mapped.ToJsonString());
        });
    }

    private static IEnumerable<(string, string)> Renames(string[][] table, int column) => table.Where(row => row[column].Length > 0).Select(row => (row[1], row[column])).Order();
}
