using System.Globalization;

namespace MlAspire.FeatureStore.Registry;

/// <summary>JSON to records: shapes, names and references. The rules of one view are in <see cref="FeatureViewCheck"/>.</summary>
internal sealed class RegistryReader(JsonPath root)
{
    private readonly Dictionary<string, Entity> entities = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PushSource> sources = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FeatureView> views = new(StringComparer.Ordinal);

    public FeatureRegistry Read()
    {
        root.AllowOnly("project", "entities", "sources", "featureViews", "featureServices");
        var project = root.Require("project").Name();
        var readEntities = ReadAll("entities", ReadEntity, entities, entity => entity.Name);
        var readSources = ReadAll("sources", ReadSource, sources, source => source.Name);
        var readViews = ReadAll("featureViews", ReadView, views, view => view.Name);
        var services = ReadAll("featureServices", ReadService, [], service => $"{service.Name} version {service.Version}");
        return new FeatureRegistry(project, readEntities, readSources, readViews, services);
    }

    private List<T> ReadAll<T>(string property, Func<JsonPath, T?> read, Dictionary<string, T> byName, Func<T, string> nameOf) where T : class
    {
        var all = new List<T>();
        foreach (var item in root.Require(property).Items())
        {
            if (read(item) is not { } value) { continue; }
            if (byName.TryAdd(nameOf(value), value)) { all.Add(value); }
            else { item.Report($"'{nameOf(value)}' is defined twice"); }
        }
        return all;
    }

    private static Entity ReadEntity(JsonPath json)
    {
        json.AllowOnly("name", "joinKeys");
        return new Entity(json.Require("name").Name(), Names(json.Require("joinKeys")));
    }

    private static PushSource ReadSource(JsonPath json)
    {
        json.AllowOnly("name", "eventTime", "fields");
        var fields = new List<Field>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var eventTime = json.Require("eventTime").Name();
        foreach (var item in json.Require("fields").Items())
        {
            item.AllowOnly("name", "type");
            var field = new Field(item.Require("name").Name(), OneOf(item.Require("type"), FieldTypes, FieldType.String));
            if (field.Name == eventTime) { item.Report($"'{eventTime}' is already the event time"); }
            if (!names.Add(field.Name)) { item.Report($"'{field.Name}' is defined twice"); }
            fields.Add(field);
        }
        return new PushSource(json.Require("name").Name(), eventTime, fields);
    }

    private FeatureView? ReadView(JsonPath json)
    {
        json.AllowOnly("name", "entity", "source", "join", "tile", "value", "flag", "retention", "ttl", "features");
        var problemsBefore = json.Problems.Count;
        var name = json.Require("name").Name();
        var entity = Reference(json.Require("entity"), entities, "entity");
        var source = Reference(json.Require("source"), sources, "source");
        var tile = json.Require("tile").Duration();
        var value = json.Find("value") is { } v ? ReadValue(v) : null;
        var flag = json.Find("flag") is { } f ? ReadFlag(f) : null;
        var features = json.Require("features").Items().ConvertAll(ReadFeature);
        var (retention, ttl) = (json.Require("retention").Duration(), json.Require("ttl").Duration());
        if (entity is null || source is null) { return null; }
        var join = Mapping(json.Require("join"), entity.JoinKeys);
        var view = new FeatureView(name, entity, source, join, tile, value, flag, retention, ttl, features);
        if (json.Problems.Count == problemsBefore) { FeatureViewCheck.Report(json, view); }
        return view;
    }

    private static ClippedValue ReadValue(JsonPath json)
    {
        json.AllowOnly("field", "clip");
        var clip = json.Require("clip");
        var ends = clip.Items().ConvertAll(end => end.Integer());
        if (clip.Element.ValueKind == System.Text.Json.JsonValueKind.Array && ends.Count != 2) { clip.Report("must be [lowest, highest]"); }
        return new ClippedValue(json.Require("field").Name(), ends.FirstOrDefault(), ends.LastOrDefault());
    }

    private static Flag ReadFlag(JsonPath json)
    {
        json.AllowOnly("field", "greaterThan");
        return new Flag(json.Require("field").Name(), json.Require("greaterThan").Number());
    }

    private static Feature ReadFeature(JsonPath json)
    {
        var function = OneOf(json.Require("function"), Functions, AggregationFunction.Count);
        var name = json.Require("name").Name();
        if (function != AggregationFunction.Backlog)
        {
            json.AllowOnly("name", "function", "window");
            return new Feature(name, function, json.Require("window").Duration(), null);
        }
        json.AllowOnly("name", "function", "dayStart", "lag", "tolerance");
        var backlog = new Backlog(ClockTime(json.Require("dayStart")), json.Require("lag").Duration(), json.Require("tolerance").Duration());
        return new Feature(name, function, TimeSpan.Zero, backlog);
    }

    private FeatureService ReadService(JsonPath json)
    {
        json.AllowOnly("name", "version", "features");
        var version = json.Require("version");
        var number = version.Integer();
        if (version.Element.ValueKind == System.Text.Json.JsonValueKind.Number && number < 1) { version.Report("must be at least 1"); }
        var serviceViews = new List<ServiceView>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in json.Require("features").Items())
        {
            if (ReadServiceView(item) is not { } read) { continue; }
            serviceViews.Add(read);
            foreach (var feature in read.Features)
            {
                if (!names.Add($"{read.Prefix}_{feature.Name}")) { item.Report($"the service already has a feature '{read.Prefix}_{feature.Name}'"); }
            }
        }
        return new FeatureService(json.Require("name").Name(), number, serviceViews);
    }

    private ServiceView? ReadServiceView(JsonPath json)
    {
        json.AllowOnly("view", "entity", "features", "prefix");
        var prefix = json.Require("prefix").Name();
        if (Reference(json.Require("view"), views, "feature view") is not { } view) { return null; }
        var features = new List<Feature>();
        foreach (var item in json.Require("features").Items())
        {
            var name = item.Name();
            if (view.Features.FirstOrDefault(f => f.Name == name) is { } feature) { features.Add(feature); }
            else if (name.Length > 0) { item.Report($"the view '{view.Name}' has no feature '{name}'"); }
        }
        return new ServiceView(view, Mapping(json.Require("entity"), view.Entity.JoinKeys), features, prefix);
    }

    /// <summary>Value of each key in key order; missing and surplus keys are reported.</summary>
    private static string[] Mapping(JsonPath json, IReadOnlyList<string> keys)
    {
        json.AllowOnly([.. keys]);
        return [.. keys.Select(key => json.Require(key).Name())];
    }

    private static string[] Names(JsonPath json)
    {
        var names = json.Items().ConvertAll(item => item.Name());
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count) { json.Report("names a key twice"); }
        return [.. names];
    }

    private static T? Reference<T>(JsonPath json, Dictionary<string, T> known, string kind) where T : class
    {
        var name = json.Name();
        if (name.Length > 0 && !known.ContainsKey(name)) { json.Report($"no {kind} '{name}' is defined"); }
        return known.GetValueOrDefault(name);
    }

    private static T OneOf<T>(JsonPath json, IReadOnlyDictionary<string, T> values, T otherwise)
    {
        var text = json.Text();
        if (values.TryGetValue(text, out var value)) { return value; }
        if (json.Element.ValueKind == System.Text.Json.JsonValueKind.String) { json.Report($"must be one of {string.Join(", ", values.Keys)}"); }
        return otherwise;
    }

    private static TimeSpan ClockTime(JsonPath json)
    {
        var text = json.Text();
        if (TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)) { return time.ToTimeSpan(); }
        if (json.Element.ValueKind == System.Text.Json.JsonValueKind.String) { json.Report("must be a clock time, e.g. 03:00"); }
        return TimeSpan.Zero;
    }

    private static readonly Dictionary<string, FieldType> FieldTypes = Enum.GetValues<FieldType>().ToDictionary(type => type.ToString().ToUpperInvariant(), StringComparer.Ordinal);

    private static readonly Dictionary<string, AggregationFunction> Functions = new(StringComparer.Ordinal)
    {
        ["mean"] = AggregationFunction.Mean, ["share"] = AggregationFunction.Share, ["count"] = AggregationFunction.Count, ["backlog"] = AggregationFunction.Backlog,
    };
}
