using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MlAspire.ServiceDefaults.Columns;

namespace MlAspire.Benchmarks.Features;

/// <summary>The shipped registry with two row views of FLOATs, 10 and 50 wide, and what is written to and asked of them.</summary>
internal static class FeatureData
{
    public const int Entities = 20_000;

    private static readonly int[] Widths = [10, 50];

    /// <summary>Entities and features of a request that are compared.</summary>
    public static IReadOnlyList<(int Entities, int Features)> Shapes { get; } = [.. from width in Widths from entities in new[] { 1, 10, 100 } select (entities, width)];

    public static string View(int features) => $"wide{features}";

    public static void WriteRegistry(string shipped, string path)
    {
        var registry = JsonNode.Parse(File.ReadAllText(shipped))!;
        registry["entities"]!.AsArray().Add(JsonNode.Parse("""{ "name": "customer", "joinKeys": ["customer"] }"""));
        foreach (var width in Widths)
        {
            var names = Enumerable.Range(0, width).Select(i => $"f{i}").ToArray();
            registry["featureViews"]!.AsArray().Add(new JsonObject
            {
                ["name"] = View(width), ["entity"] = "customer", ["ttl"] = "P1D", ["retention"] = "P9D",
                ["features"] = new JsonArray([.. names.Select(name => new JsonObject { ["name"] = name, ["type"] = "FLOAT" })]),
            });
            registry["featureServices"]!.AsArray().Add(new JsonObject
            {
                ["name"] = View(width), ["version"] = 1,
                ["features"] = new JsonArray(new JsonObject
                {
                    ["view"] = View(width), ["entity"] = new JsonObject { ["customer"] = "customer" }, ["features"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]), ["prefix"] = "w",
                }),
            });
        }
        File.WriteAllText(path, registry.ToJsonString());
    }

    public static string Customer(int entity) => string.Create(CultureInfo.InvariantCulture, $"c{entity:00000}");

    public static double Value(int entity, int feature) => (entity * 31 + feature * 17) % 1_000 / 8.0;

    /// <summary>Body of <c>/write-to-online-store</c> with 10,000 rows.</summary>
    public static string WriteBody(int features, int firstEntity, DateTimeOffset eventTime)
    {
        var rows = Enumerable.Range(firstEntity, 10_000).ToArray();
        var df = new StringBuilder($"{{\"customer\":[{string.Join(',', rows.Select(e => $"\"{Customer(e)}\""))}],\"event_timestamp\":[{string.Join(',', rows.Select(_ => $"\"{eventTime:O}\""))}]");
        for (var f = 0; f < features; f++)
        {
            df.Append(CultureInfo.InvariantCulture, $",\"f{f}\":[{string.Join(',', rows.Select(e => Value(e, f).ToString(CultureInfo.InvariantCulture)))}]");
        }
        return $"{{\"feature_view_name\":\"{View(features)}\",\"df\":{df}}}}}";
    }

    /// <summary>Body of <c>/push</c> with 10,000 landings at one offset, over 40 airports and 8 hours.</summary>
    public static string PushBody(long offset, DateTimeOffset from)
    {
        var random = new Random((int)offset);
        var (times, origins, destinations, delays) = (new string[10_000], new string[10_000], new string[10_000], new int[10_000]);
        for (var i = 0; i < 10_000; i++)
        {
            (times[i], origins[i], destinations[i], delays[i]) = ($"\"{from.AddSeconds(random.Next(28_800)):O}\"", $"\"A{random.Next(40)}\"", $"\"A{random.Next(40)}\"", random.Next(-20, 90));
        }
        return $"{{\"push_source_name\":\"landings\",\"producer\":\"bench\",\"offset\":{offset},\"df\":{{\"event_time\":[{string.Join(',', times)}],\"origin\":[{string.Join(',', origins)}],\"destination\":[{string.Join(',', destinations)}],\"delay_minutes\":[{string.Join(',', delays)}]}}}}";
    }

    /// <summary>Body of <c>/push</c> with one landing, on a route of its own.</summary>
    public static string LandingBody(int route, DateTimeOffset time) =>
        $"{{\"push_source_name\":\"landings\",\"df\":{{\"event_time\":[\"{time:O}\"],\"origin\":[\"O{route}\"],\"destination\":[\"D{route}\"],\"delay_minutes\":[12]}}}}";

    /// <summary>Body of our batch route that asks for the flights' features of that route.</summary>
    public static string RouteBody(int route) => $"{{\"feature_service\":\"flight_delay\",\"entities\":{{\"origin\":[\"O{route}\"],\"destination\":[\"D{route}\"]}}}}";

    /// <summary>How many features of the answer nothing is known of.</summary>
    public static int Unknown(string answer) => answer.Split("NOT_FOUND").Length - 1;

    /// <summary>Different entities, the same ones whenever the same number is asked for.</summary>
    public static string[] Asked(int entities) => [.. Enumerable.Range(0, entities).Select(i => Customer(i * 7_919 % Entities))];

    /// <summary>A whole request of our batch route.</summary>
    public static byte[] ReadRequest(int entities, int features)
    {
        var body = $"{{\"feature_service\":\"{View(features)}\",\"entities\":{{\"customer\":[{string.Join(',', Asked(entities).Select(e => $"\"{e}\""))}]}}}}";
        return Encoding.ASCII.GetBytes($"POST /v1/features/online HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    /// <summary>The same in columns of bytes, both ways.</summary>
    public static byte[] ColumnsRequest(int entities, int features)
    {
        var body = ColumnsWriter.Write(Encoding.ASCII.GetBytes($"{{\"feature_service\":\"{View(features)}\"}}"), entities, [new TextColumn("entities.customer", Asked(entities))]);
        return [.. Encoding.ASCII.GetBytes($"POST /v1/features/online HTTP/1.1\r\nHost: bench\r\nContent-Type: {Column.ContentType}\r\nAccept: {Column.ContentType}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
    }
}
