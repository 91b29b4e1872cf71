using System.Text.Json;

namespace MlAspire.FeatureStore.Registry;

/// <summary>JSON to feature views: one with a <c>tile</c> holds aggregates, any other rows.</summary>
internal sealed class FeatureViewReader(Dictionary<string, Entity> entities, Dictionary<string, PushSource> sources)
{
    /// <summary>The view; null when it refers to what is not there (reported).</summary>
    public FeatureView? Read(JsonPath json)
    {
        FeatureView? view = json.Find("tile") is null ? ReadRows(json) : ReadAggregates(json);
        if (view is null)
        {
            return null;
        }
        view = view with { Metadata = RegistryReader.Metadata(json), MaxEntities = json.Find("maxEntities")?.Integer(), Freshness = json.Find("freshness") is { } freshness ? ReadFreshness(freshness) : null };
        var rules = json with { Problems = [] };
        FeatureViewCheck.Report(rules, view);
        json.Problems.AddRange(rules.Problems.Where(rule => !json.Problems.Exists(known => IsAbout(known, rule, json.Path))).ToList());
        return view;
    }

    /// <summary>What could not be read is checked as something harmless, of which nothing more is to be said.</summary>
    private static bool IsAbout(RegistryProblem known, RegistryProblem rule, string view) =>
        known == rule || (known.Path != view && (known.Path.StartsWith(rule.Path, StringComparison.Ordinal) || rule.Path.StartsWith(known.Path, StringComparison.Ordinal)));

    private RowView? ReadRows(JsonPath json)
    {
        json.AllowOnly("name", "owner", "tags", "entity", "source", "join", "retention", "ttl", "freshness", "maxEntities", "features");
        var (name, entity, ttl, retention) = ReadView(json);
        var features = json.Require("features").Items().ConvertAll(ReadRowFeature);
        var source = json.Find("source") is null && json.Find("join") is null ? null : ReadSource(json, entity);
        return entity is null ? null : new RowView(name, entity, source, ttl, retention, features);
    }

    private AggregateView? ReadAggregates(JsonPath json)
    {
        json.AllowOnly("name", "owner", "tags", "entity", "source", "join", "tile", "value", "flag", "distinct", "ownOffsets", "retention", "ttl", "freshness", "maxEntities", "features");
        var (name, entity, ttl, retention) = ReadView(json);
        var tile = json.Require("tile").Duration();
        var value = json.Find("value") is { } v ? ReadValue(v) : null;
        var flag = json.Find("flag") is { } f ? ReadFlag(f) : null;
        var features = json.Require("features").Items().ConvertAll(ReadAggregate);
        var source = ReadSource(json, entity);
        return entity is null || source is null ? null : new AggregateView(name, entity, source, tile, value, flag, ttl, retention, features)
        {
            Distinct = json.Find("distinct") is { } distinct ? ReadDistinct(distinct) : null, OwnOffsets = json.Find("ownOffsets")?.Boolean() == true,
        };
    }

    private (string Name, Entity? Entity, TimeSpan Ttl, TimeSpan Retention) ReadView(JsonPath json) =>
        (json.Require("name").Name(), RegistryReader.Reference(json.Require("entity"), entities, "entity"), json.Require("ttl").Duration(), json.Require("retention").Duration());

    private static Freshness ReadFreshness(JsonPath json)
    {
        json.AllowOnly("aucBudget", "curve");
        return new Freshness(json.Require("aucBudget").Number(), json.Require("curve").Items().ConvertAll(ReadPoint));
    }

    private static StalenessPoint ReadPoint(JsonPath json)
    {
        json.AllowOnly("staleMinutes", "auc");
        return new StalenessPoint(json.Require("staleMinutes").Integer(), json.Require("auc").Number());
    }

    private ViewSource? ReadSource(JsonPath json, Entity? entity)
    {
        var source = RegistryReader.Reference(json.Require("source"), sources, "source");
        return entity is null || source is null ? null : new ViewSource(source, RegistryReader.Mapping(json.Require("join"), entity.JoinKeys));
    }

    private static ClippedValue ReadValue(JsonPath json)
    {
        json.AllowOnly("field", "clip");
        var clip = json.Require("clip");
        var ends = clip.Items().ConvertAll(end => end.Integer());
        if (clip.Element.ValueKind == JsonValueKind.Array && ends.Count != 2)
        {
            clip.Report("must be [lowest, highest]");
        }
        return new ClippedValue(json.Require("field").Name(), ends.FirstOrDefault(), ends.LastOrDefault());
    }

    private static string ReadDistinct(JsonPath json)
    {
        json.AllowOnly("field");
        return json.Require("field").Name();
    }

    private static Flag ReadFlag(JsonPath json)
    {
        json.AllowOnly("field", "greaterThan");
        return new Flag(json.Require("field").Name(), json.Require("greaterThan").Number());
    }

    private static AggregateFeature ReadAggregate(JsonPath json)
    {
        var function = RegistryReader.OneOf(json.Require("function"), AggregationFunctions.ByName, AggregationFunction.Count);
        var name = json.Require("name").Name();
        if (function != AggregationFunction.Backlog)
        {
            json.AllowOnly("name", "function", "window");
            return new AggregateFeature(name, function, json.Require("window").Duration(), null);
        }
        json.AllowOnly("name", "function", "dayStart", "lag", "tolerance");
        var backlog = new Backlog(json.Require("dayStart").ClockTime(), json.Require("lag").Duration(), json.Require("tolerance").Duration());
        return new AggregateFeature(name, function, TimeSpan.Zero, backlog);
    }

    private static RowFeature ReadRowFeature(JsonPath json)
    {
        json.AllowOnly("name", "type", "notNull", "range", "enum");
        var type = RegistryReader.OneOf(json.Require("type"), FieldTypes.ByName, FieldType.String);
        return new RowFeature(json.Require("name").Name(), type, json.Find("notNull") is { } notNull && notNull.Boolean(),
            json.Find("range") is { } range ? ReadRange(range) : null, json.Find("enum")?.Items().ConvertAll(text => text.Text()));
    }

    private static ValueRange ReadRange(JsonPath json)
    {
        var ends = json.Items().ConvertAll(end => end.Number());
        if (json.Element.ValueKind == JsonValueKind.Array && ends.Count != 2)
        {
            json.Report("must be [lowest, highest]");
        }
        return new ValueRange(ends.FirstOrDefault(), ends.LastOrDefault());
    }
}
