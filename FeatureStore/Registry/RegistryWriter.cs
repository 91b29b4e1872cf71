using System.Text.Json.Nodes;
using System.Xml;

namespace MlAspire.FeatureStore.Registry;

/// <summary>Writes a registry in the form that <see cref="RegistryFile"/> reads.</summary>
internal static class RegistryWriter
{
    public static JsonObject Write(FeatureRegistry registry) => new()
    {
        ["project"] = registry.Project,
        ["entities"] = Array(registry.Entities, Entity),
        ["sources"] = Array(registry.Sources, Source),
        ["featureViews"] = Array(registry.Views, View),
        ["featureServices"] = Array(registry.Services, Service),
    };

    public static JsonObject Entity(Entity entity) => Named(entity.Name, entity.Metadata, ("joinKeys", Array(entity.Keys, JoinKey)));

    public static JsonObject Source(PushSource source)
    {
        var json = new JsonObject { ["name"] = source.Name, ["eventTime"] = source.EventTime };
        if (source.EventId is { } id)
        {
            json["eventId"] = id;
        }
        if (source.Lateness is { } lateness)
        {
            json["lateness"] = Duration(lateness);
        }
        if (source.Late != LateRows.Apply)
        {
            json["late"] = source.Late.ToString().ToLowerInvariant();
        }
        json["fields"] = Array(source.Fields, TypedField);
        return json;
    }

    private static JsonNode JoinKey(Field key) => key.Type == FieldType.String ? JsonValue.Create(key.Name) : TypedField(key);

    private static JsonObject TypedField(Field field) => new() { ["name"] = field.Name, ["type"] = FieldTypes.Name(field.Type) };

    public static JsonObject View(FeatureView view)
    {
        var json = Named(view.Name, view.Metadata, ("entity", view.Entity.Name));
        if (view.From is { } from)
        {
            json["source"] = from.Source.Name;
            json["join"] = Mapping(view.Entity.JoinKeys, from.Join);
        }
        if (view is AggregateView aggregates)
        {
            AddTile(json, aggregates);
        }
        json["retention"] = Duration(view.Retention);
        json["ttl"] = Duration(view.Ttl);
        if (view.Freshness is { } freshness)
        {
            json["freshness"] = Freshness(freshness);
        }
        if (view.MaxEntities is { } most)
        {
            json["maxEntities"] = most;
        }
        json["features"] = Array(view.Features, feature => feature is AggregateFeature aggregate ? Aggregate(aggregate) : RowFeature((RowFeature)feature));
        return json;
    }

    private static JsonObject Freshness(Freshness freshness) => new()
    {
        ["aucBudget"] = freshness.AucBudget,
        ["curve"] = Array(freshness.Curve, point => new JsonObject { ["staleMinutes"] = point.StaleMinutes, ["auc"] = point.Auc }),
    };

    private static void AddTile(JsonObject json, AggregateView view)
    {
        json["tile"] = Duration(view.Tile);
        if (view.Value is { } value)
        {
            json["value"] = new JsonObject { ["field"] = value.Field, ["clip"] = new JsonArray(value.Min, value.Max) };
        }
        if (view.Flag is { } flag)
        {
            json["flag"] = new JsonObject { ["field"] = flag.Field, ["greaterThan"] = flag.GreaterThan };
        }
        if (view.OwnOffsets)
        {
            json["ownOffsets"] = true;
        }
        if (view.Distinct is { } distinct)
        {
            json["distinct"] = new JsonObject { ["field"] = distinct };
        }
    }

    private static JsonObject Aggregate(AggregateFeature feature)
    {
        var json = new JsonObject { ["name"] = feature.Name, ["function"] = AggregationFunctions.NameOf(feature.Function) };
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

    private static JsonObject RowFeature(RowFeature feature)
    {
        var json = new JsonObject { ["name"] = feature.Name, ["type"] = FieldTypes.Name(feature.Type) };
        if (feature.NotNull)
        {
            json["notNull"] = true;
        }
        if (feature.Range is { } range)
        {
            json["range"] = new JsonArray(range.Min, range.Max);
        }
        if (feature.Enum is { } texts)
        {
            json["enum"] = Names(texts);
        }
        return json;
    }

    public static JsonObject Service(FeatureService service)
    {
        var json = ServiceOfViews(service);
        if (service.Defaults is { } defaults)
        {
            json["onUnavailable"] = new JsonObject { ["defaults"] = new JsonObject(service.FeatureNames.Zip(defaults, (name, value) => KeyValuePair.Create<string, JsonNode?>(name, Default(value)))) };
        }
        if (service.Request.Count > 0)
        {
            json["request"] = Array(service.Request, TypedField);
        }
        if (service.Transforms.Count > 0)
        {
            json["transforms"] = Array(service.Transforms, transform => new JsonObject { ["name"] = transform.Name, ["expression"] = transform.Text });
        }
        return json;
    }

    private static JsonValue? Default(object value) => value switch
    {
        bool flag => JsonValue.Create(flag),
        string text => JsonValue.Create(text),
        int number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        float number => JsonValue.Create(number),
        _ => JsonValue.Create((double)value),
    };

    private static JsonObject ServiceOfViews(FeatureService service) => Named(service.Name, service.Metadata, ("version", service.Version), ("features", Array(service.Views, view => new JsonObject
    {
        ["view"] = view.View.Name,
        ["entity"] = Mapping(view.View.Entity.JoinKeys, view.EntityColumns),
        ["features"] = Names(view.Features.Select(feature => feature.Name)),
        ["prefix"] = view.Prefix,
    })));

    /// <summary><c>[{"source": {"type": "entity", "name": "airport"}, "target": ...}]</c>, as Feast's registry writes them; a feature service has its <c>version</c>, too.</summary>
    public static JsonArray Relationships(IEnumerable<Relationship> relationships) =>
        Array(relationships, relationship => new JsonObject { ["source"] = Reference(relationship.Source), ["target"] = Reference(relationship.Target) });

    private static JsonObject Reference(RegistryObject of)
    {
        var json = new JsonObject { ["type"] = of.Type, ["name"] = of.Name };
        if (of.Version is { } version)
        {
            json["version"] = version;
        }
        return json;
    }

    private static JsonObject Named(string name, Metadata metadata, params ReadOnlySpan<(string Name, JsonNode Value)> properties)
    {
        var json = new JsonObject { ["name"] = name };
        if (metadata.Owner is { } owner)
        {
            json["owner"] = owner;
        }
        if (metadata.Tags.Count > 0)
        {
            json["tags"] = new JsonObject(metadata.Tags.Select(tag => KeyValuePair.Create<string, JsonNode?>(tag.Key, tag.Value)));
        }
        foreach (var (property, value) in properties)
        {
            json[property] = value;
        }
        return json;
    }

    private static JsonObject Mapping(IReadOnlyList<string> keys, IReadOnlyList<string> values) =>
        new(keys.Zip(values, (key, value) => KeyValuePair.Create<string, JsonNode?>(key, value)));

    private static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode> write) => new([.. items.Select(write)]);

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => JsonValue.Create(name))]);

    private static string Duration(TimeSpan duration) => XmlConvert.ToString(duration);
}
