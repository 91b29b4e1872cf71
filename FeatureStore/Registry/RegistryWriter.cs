using System.Text.Json.Nodes;
using System.Xml;

namespace MlAspire.FeatureStore.Registry;

/// <summary>Writes a registry in the form that <see cref="RegistryFile"/> reads.</summary>
internal static class RegistryWriter
{
    public static JsonObject Write(FeatureRegistry registry) => new()
    {
        ["project"] = registry.Project,
        ["entities"] = Array(registry.Entities, entity => new JsonObject { ["name"] = entity.Name, ["joinKeys"] = Names(entity.JoinKeys) }),
        ["sources"] = Array(registry.Sources, Source),
        ["featureViews"] = Array(registry.Views, View),
        ["featureServices"] = Array(registry.Services, Service),
    };

    private static JsonObject Source(PushSource source) => new()
    {
        ["name"] = source.Name,
        ["eventTime"] = source.EventTime,
        ["fields"] = Array(source.Fields, field => new JsonObject { ["name"] = field.Name, ["type"] = field.Type.ToString().ToUpperInvariant() }),
    };

    private static JsonObject View(FeatureView view)
    {
        var json = new JsonObject
        {
            ["name"] = view.Name, ["entity"] = view.Entity.Name, ["source"] = view.Source.Name,
            ["join"] = Mapping(view.Entity.JoinKeys, view.Join), ["tile"] = Duration(view.Tile),
        };
        if (view.Value is { } value) { json["value"] = new JsonObject { ["field"] = value.Field, ["clip"] = new JsonArray(value.Min, value.Max) }; }
        if (view.Flag is { } flag) { json["flag"] = new JsonObject { ["field"] = flag.Field, ["greaterThan"] = flag.GreaterThan }; }
        json["retention"] = Duration(view.Retention);
        json["ttl"] = Duration(view.Ttl);
        json["features"] = Array(view.Features, Feature);
        return json;
    }

    private static JsonObject Feature(Feature feature)
    {
        var json = new JsonObject { ["name"] = feature.Name, ["function"] = feature.Function.ToString().ToLowerInvariant() };
        if (feature.Backlog is not { } backlog)
        {
            json["window"] = Duration(feature.Window);
            return json;
        }
        json["dayStart"] = backlog.DayStart.ToString("hh\\:mm", System.Globalization.CultureInfo.InvariantCulture);
        json["lag"] = Duration(backlog.Lag);
        json["tolerance"] = Duration(backlog.Tolerance);
        return json;
    }

    private static JsonObject Service(FeatureService service) => new()
    {
        ["name"] = service.Name,
        ["version"] = service.Version,
        ["features"] = Array(service.Views, view => new JsonObject
        {
            ["view"] = view.View.Name,
            ["entity"] = Mapping(view.View.Entity.JoinKeys, view.EntityColumns),
            ["features"] = Names(view.Features.Select(feature => feature.Name)),
            ["prefix"] = view.Prefix,
        }),
    };

    private static JsonObject Mapping(IReadOnlyList<string> keys, IReadOnlyList<string> values) =>
        new(keys.Zip(values, (key, value) => KeyValuePair.Create<string, JsonNode?>(key, value)));

    private static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode> write) => new([.. items.Select(write)]);

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => JsonValue.Create(name))]);

    private static string Duration(TimeSpan duration) => XmlConvert.ToString(duration);
}
