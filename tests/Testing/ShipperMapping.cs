using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MlAspire.Testing;

/// <summary>What a shipper makes of a line, read from its own configuration under docs/logs: no line of its mapping is passed over.</summary>
public sealed partial class ShipperMapping
{
    /// <summary>The one value that Vector adds, as JSON.</summary>
    public const string EcsVersion = "\"8.11.0\"";

    // What stands before and after the renames of Vector: what has no name of ECS stays under ours, and what is not in the line is not made.
    private static readonly HashSet<string> Frame = [". = {\"mlaspire\": parse_json!(.message)}", $".ecs.version = {EcsVersion}", ". = compact(., string: false)"];

    private readonly bool isNested;

    private ShipperMapping(bool isNested, IReadOnlyList<(string From, string To)> renamed) => (this.isNested, Renamed) = (isNested, renamed);

    /// <summary>Vector's, to the Elastic Common Schema.</summary>
    public static ShipperMapping Ecs { get; } = new(isNested: true, [.. Section("vector.yaml", "source: |", "sinks:").Where(line => !Frame.Contains(line)).Select(line => Pair(VectorLine(), line))]);

    /// <summary>Fluent Bit's, to Datadog's attributes.</summary>
    public static ShipperMapping Datadog { get; } = new(isNested: false, [.. Section("fluent-bit.yaml", "rename:", "outputs:").Select(line => Pair(FluentBitLine(), line))]);

    /// <summary>In their order.</summary>
    public IReadOnlyList<(string From, string To)> Renamed { get; }

    public JsonObject Map(string line)
    {
        var fields = JsonNode.Parse(line)!.AsObject();
        var mapped = isNested ? new JsonObject { ["ecs"] = new JsonObject { ["version"] = JsonNode.Parse(EcsVersion) } } : fields;
        foreach (var (from, to) in Renamed)
        {
            if (fields.TryGetPropertyValue(from, out var value) && (value is not null || !isNested) && fields.Remove(from))
            {
                Set(mapped, isNested ? to.Split('.') : [to], value);
            }
        }

        if (isNested)
        {
            mapped["mlaspire"] = new JsonObject(fields.Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));
        }

        return mapped;
    }

    private static void Set(JsonObject root, string[] path, JsonNode? value)
    {
        var map = path[..^1].Aggregate(root, (map, name) => (JsonObject)(map[name] ??= new JsonObject()));
        map.Add(path[^1], value); // throws for a name that is there: nothing is overwritten
    }

    private static IEnumerable<string> Section(string file, string from, string until) =>
        File.ReadLines(Path.Combine(Checkout.Root, "docs/logs", file)).Select(line => line.Trim()).SkipWhile(line => line != from).Skip(1).TakeWhile(line => line != until).Where(line => line.Length > 0);

    private static (string From, string To) Pair(Regex form, string line) =>
        form.Match(line) is { Success: true } match ? (match.Groups["from"].Value, match.Groups["to"].Value.Trim('"')) : throw new FormatException($"not a rename: {line}");

    // .trace.id = del(.mlaspire.trace_id)   ."@timestamp" = del(.mlaspire.timestamp)
    [GeneratedRegex("""^\.(?<to>"@timestamp"|[a-z_.]+) = del\(\.mlaspire\.(?<from>[a-z_]+)\)$""")]
    private static partial Regex VectorLine();

    // - level status
    [GeneratedRegex(@"^- (?<from>[a-z_]+) (?<to>[a-z_.]+)$")]
    private static partial Regex FluentBitLine();
}
