using System.Text.Json;
using System.Text.RegularExpressions;

namespace MlAspire.Architecture.Tests;

/// <summary>docs/events.md says what the sources do: every log event with its level and fields.</summary>
public sealed partial class EventTests
{
    private static readonly Lazy<Dictionary<string, string>> Names = new(() => ConstantOf().Matches(Repository.Text("ServiceDefaults/Telemetry/TelemetryNames.cs").Split("class Events")[1])
        .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["text"].Value));

    [Fact]
    public void Every_event_is_in_the_catalogue_with_its_level_and_fields_and_nothing_else_is()
    {
        var written = Repository.ProductSources.SelectMany(file => MessageOf().Matches(Repository.Text(file)).Select(match => Row(file, match.Groups["arguments"].Value))).Distinct();
        var listed = Repository.Lines("docs/events.md").Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => string.Join('|', line.Split('|')[1..4].Select(cell => cell.Trim())));

        Assert.Equal(written.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_catalogue_is_in_order_and_each_event_is_there_once()
    {
        var events = Repository.Lines("docs/events.md").Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1]).ToArray();

        Assert.Equal(events.Distinct().Order(StringComparer.Ordinal), events);
    }

    [Fact]
    public void Every_name_of_an_event_is_used()
    {
        var sources = string.Concat(Repository.ProductSources.Select(Repository.Text));

        Assert.DoesNotContain(Names.Value.Keys, name => !sources.Contains($"TelemetryNames.Events.{name}", StringComparison.Ordinal));
    }

    // EventName = TelemetryNames.Events.AuditTorn, Level = LogLevel.Warning, Message = "The last {Bytes} bytes of ..."
    private static string Row(string file, string arguments)
    {
        Assert.True(EventOf().Match(arguments) is { Success: true } found && Names.Value.ContainsKey(found.Groups["name"].Value), $"{file} has a message without an event of TelemetryNames.Events: {arguments}");
        var level = LevelOf().Match(arguments) is { Success: true } fixedLevel ? fixedLevel.Groups["level"].Value : "varies";
        var message = string.Concat(TextOf().Matches(arguments).Select(match => match.Groups["text"].Value));
        var fields = FieldOf().Matches(message).Select(match => JsonNamingPolicy.SnakeCaseLower.ConvertName(match.Groups["name"].Value));
        return $"`{Names.Value[EventOf().Match(arguments).Groups["name"].Value]}`|{level}|{string.Join(", ", fields)}";
    }

    [GeneratedRegex("""public const string (?<name>\w+) = "(?<text>\w+)";""")]
    private static partial Regex ConstantOf();

    [GeneratedRegex("""\[LoggerMessage\((?<arguments>.*?)\)\]\r?\n""", RegexOptions.Singleline)]
    private static partial Regex MessageOf();

    [GeneratedRegex("""TelemetryNames\.Events\.(?<name>\w+)""")]
    private static partial Regex EventOf();

    [GeneratedRegex("""LogLevel\.(?<level>\w+)""")]
    private static partial Regex LevelOf();

    [GeneratedRegex("\"(?<text>(?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex TextOf();

    [GeneratedRegex("""\{(?<name>\w+)(?::[^}]*)?\}""")]
    private static partial Regex FieldOf();
}
