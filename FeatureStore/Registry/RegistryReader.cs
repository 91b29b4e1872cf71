using System.Text.Json;
using MlAspire.FeatureStore.Transforms;

namespace MlAspire.FeatureStore.Registry;

/// <summary>JSON to records: shapes, names and references. Views are read by <see cref="FeatureViewReader"/>.</summary>
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
        var readViews = ReadAll("featureViews", new FeatureViewReader(entities, sources).Read, views, view => view.Name);
        var services = ReadAll("featureServices", ReadService, [], service => $"{service.Name} version {service.Version}");
        return new FeatureRegistry(project, readEntities, readSources, readViews, services);
    }

    private List<T> ReadAll<T>(string property, Func<JsonPath, T?> read, Dictionary<string, T> byName, Func<T, string> nameOf) where T : class
    {
        var all = new List<T>();
        foreach (var item in root.Require(property).Items())
        {
            if (read(item) is not { } value)
            {
                continue;
            }
            if (byName.TryAdd(nameOf(value), value))
            {
                all.Add(value);
            }
            else
            {
                item.Report($"'{nameOf(value)}' is defined twice");
            }
        }
        return all;
    }

    private static Entity ReadEntity(JsonPath json)
    {
        json.AllowOnly("name", "owner", "tags", "joinKeys");
        var joinKeys = json.Require("joinKeys");
        var keys = joinKeys.Items().ConvertAll(ReadJoinKey);
        if (keys.DistinctBy(key => key.Name, StringComparer.Ordinal).Count() != keys.Count)
        {
            joinKeys.Report("names a key twice");
        }
        return new Entity(json.Require("name").Name(), keys) { Metadata = Metadata(json) };
    }

    /// <summary>A join key is its name, or an object when it is no STRING.</summary>
    private static Field ReadJoinKey(JsonPath json)
    {
        if (json.Element.ValueKind == JsonValueKind.String)
        {
            return new Field(json.Name(), FieldType.String);
        }
        json.AllowOnly("name", "type");
        return new Field(json.Require("name").Name(), OneOf(json.Require("type"), JoinKeyTypes, FieldType.String));
    }

    private static PushSource ReadSource(JsonPath json)
    {
        json.AllowOnly("name", "eventTime", "eventId", "lateness", "late", "fields");
        var fields = new List<Field>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var eventTime = json.Require("eventTime").Name();
        foreach (var item in json.Require("fields").Items())
        {
            item.AllowOnly("name", "type");
            var field = new Field(item.Require("name").Name(), OneOf(item.Require("type"), FieldTypes.ByName, FieldType.String));
            if (field.Name == eventTime)
            {
                item.Report($"'{eventTime}' is already the event time");
            }
            if (!names.Add(field.Name))
            {
                item.Report($"'{field.Name}' is defined twice");
            }
            fields.Add(field);
        }
        var source = new PushSource(json.Require("name").Name(), eventTime, fields)
        {
            EventId = json.Find("eventId")?.Name(), Lateness = json.Find("lateness")?.Duration(), Late = json.Find("late") is { } late ? OneOf(late, LateRowsByName, LateRows.Apply) : LateRows.Apply,
        };
        PushSourceCheck.Report(json, source);
        return source;
    }

    private FeatureService ReadService(JsonPath json)
    {
        json.AllowOnly("name", "owner", "tags", "version", "features", "request", "transforms", "onUnavailable");
        var version = json.Require("version");
        var number = version.Integer();
        if (version.Element.ValueKind == JsonValueKind.Number && number < 1)
        {
            version.Report("must be at least 1");
        }
        var serviceViews = new List<ServiceView>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in json.Require("features").Items())
        {
            if (ReadServiceView(item) is not { } read)
            {
                continue;
            }
            serviceViews.Add(read);
            foreach (var feature in read.Features)
            {
                if (!names.Add($"{read.Prefix}_{feature.Name}"))
                {
                    item.Report($"the service already has a feature '{read.Prefix}_{feature.Name}'");
                }
            }
            ReportColumnTypes(item.Require("entity"), serviceViews);
        }
        var request = json.Find("request") is { } inputs ? ReadRequest(inputs, serviceViews) : [];
        return new FeatureService(json.Require("name").Name(), number, serviceViews)
        {
            Metadata = Metadata(json), Request = request, Transforms = json.Find("transforms") is { } transforms ? ReadTransforms(transforms, serviceViews, request) : [],
            Defaults = json.Find("onUnavailable") is { } unavailable ? ReadDefaults(unavailable, serviceViews) : null,
        };
    }

    /// <summary>A spine has them beside the entity columns, and transforms name them beside the features.</summary>
    private static List<Field> ReadRequest(JsonPath json, List<ServiceView> views)
    {
        var request = new List<Field>();
        foreach (var item in json.Items())
        {
            item.AllowOnly("name", "type");
            var input = new Field(item.Require("name").Name(), OneOf(item.Require("type"), RequestInputs.Types, FieldType.Double));
            if (request.Exists(known => known.Name == input.Name))
            {
                item.Report($"'{input.Name}' is defined twice");
            }
            if (views.Exists(view => view.EntityColumns.Contains(input.Name)))
            {
                item.Report($"the service already has an entity column '{input.Name}'");
            }
            if (views.Exists(view => view.Features.Any(feature => $"{view.Prefix}_{feature.Name}" == input.Name)))
            {
                item.Report($"the service already has a feature '{input.Name}'");
            }
            request.Add(input);
        }
        return request;
    }

    private static List<object> ReadDefaults(JsonPath json, List<ServiceView> views)
    {
        json.AllowOnly("defaults");
        var (defaults, features) = (json.Require("defaults"), views.SelectMany(view => view.Features, (view, feature) => (Name: $"{view.Prefix}_{feature.Name}", feature.Type)).ToList());
        defaults.AllowOnly([.. features.Select(feature => feature.Name)]);
        return features.ConvertAll(feature => ReadDefault(defaults.Require(feature.Name), feature.Type));
    }

    private static object ReadDefault(JsonPath json, FieldType type)
    {
        switch (type)
        {
            case FieldType.Bool: return json.Boolean();
            case FieldType.String: return json.Text();
            case FieldType.Int32: return json.Integer();
            case FieldType.Int64 or FieldType.UnixTimestamp: return json.LongInteger();
            case FieldType.Float: return json.FloatNumber();
            case FieldType.Double: return json.Number();
            default:
                json.Report($"is of type {FieldTypes.Name(type)}, which has no default");
                return "";
        }
    }

    private static List<Transform> ReadTransforms(JsonPath json, List<ServiceView> views, List<Field> request)
    {
        var (items, transforms) = (json.Items(), new List<Transform>());
        var inputs = views.SelectMany(view => view.Features, (view, feature) => ($"{view.Prefix}_{feature.Name}", KindOf(feature.Type))).ToList();
        var first = inputs.Count;
        inputs.AddRange(items.Select(_ => ("", (ExpressionKind?)null))); // each has its name for those behind it
        inputs.AddRange(request.Select(input => (input.Name, KindOf(input.Type))));
        foreach (var (i, item) in items.Index())
        {
            item.AllowOnly("name", "expression");
            var (name, expression) = (item.Require("name").Name(), item.Require("expression"));
            if (name.Length > 0 && inputs.Exists(input => input.Item1 == name))
            {
                item.Report($"the service already has a {(request.Exists(input => input.Name == name) ? "request input" : "feature")} '{name}'");
            }
            if (expression.Text() is not { Length: > 0 } text)
            {
                continue;
            }
            try
            {
                transforms.Add(new Transform(name, text, ExpressionParser.Parse(text, inputs)));
                inputs[first + i] = (name, transforms[^1].Expression.Kind);
            }
            catch (FormatException wrong)
            {
                expression.Report(wrong.Message);
            }
        }
        return transforms;
    }

    private static ExpressionKind? KindOf(FieldType type) => type switch
    {
        FieldType.Bool => ExpressionKind.Bool,
        FieldType.Int32 or FieldType.Int64 or FieldType.Float or FieldType.Double or FieldType.UnixTimestamp => ExpressionKind.Number,
        _ => null,
    };

    /// <summary>A request column has one type, whichever views it is a join key of.</summary>
    private static void ReportColumnTypes(JsonPath json, List<ServiceView> views)
    {
        var columns = views.SelectMany(view => view.EntityColumns.Zip(view.View.Entity.Keys, (column, key) => (column, key.Type))).Distinct();
        foreach (var twice in columns.GroupBy(c => c.column, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            json.Report($"the entity column '{twice.Key}' is of type {string.Join(" and ", twice.Select(c => FieldTypes.Name(c.Type)))}");
        }
    }

    private ServiceView? ReadServiceView(JsonPath json)
    {
        json.AllowOnly("view", "entity", "features", "prefix");
        var prefix = json.Require("prefix").Name();
        if (Reference(json.Require("view"), views, "feature view") is not { } view)
        {
            return null;
        }
        var features = new List<Feature>();
        foreach (var item in json.Require("features").Items())
        {
            var name = item.Name();
            if (view.Features.FirstOrDefault(f => f.Name == name) is { } feature)
            {
                features.Add(feature);
            }
            else if (name.Length > 0)
            {
                item.Report($"the view '{view.Name}' has no feature '{name}'");
            }
        }
        return new ServiceView(view, Mapping(json.Require("entity"), view.Entity.JoinKeys), features, prefix);
    }

    /// <summary>Value of each key in key order; missing and surplus keys are reported.</summary>
    public static string[] Mapping(JsonPath json, IReadOnlyList<string> keys)
    {
        json.AllowOnly([.. keys]);
        return [.. keys.Select(key => json.Require(key).Name())];
    }

    public static T? Reference<T>(JsonPath json, Dictionary<string, T> known, string kind) where T : class
    {
        var name = json.Name();
        if (name.Length > 0 && !known.ContainsKey(name))
        {
            json.Report($"no {kind} '{name}' is defined");
        }
        return known.GetValueOrDefault(name);
    }

    public static T OneOf<T>(JsonPath json, IReadOnlyDictionary<string, T> values, T otherwise)
    {
        var text = json.Text();
        if (values.TryGetValue(text, out var value))
        {
            return value;
        }
        if (json.Element.ValueKind == JsonValueKind.String)
        {
            json.Report($"must be one of {string.Join(", ", values.Keys)}");
        }
        return otherwise;
    }

    /// <summary>Owner and tags, both of which may be left out.</summary>
    public static Metadata Metadata(JsonPath json)
    {
        var owner = json.Find("owner")?.Text();
        return json.Find("tags") is { } tags ? new Metadata(owner, tags.Properties().ToDictionary(tag => tag.Name, tag => tag.Value.Text(), StringComparer.Ordinal)) : Registry.Metadata.None with { Owner = owner };
    }

    private static readonly Dictionary<string, LateRows> LateRowsByName = Enum.GetValues<LateRows>().ToDictionary(late => late.ToString().ToLowerInvariant());

    private static readonly Dictionary<string, FieldType> JoinKeyTypes = new[] { FieldType.String, FieldType.Int32, FieldType.Int64 }.ToDictionary(FieldTypes.Name, StringComparer.Ordinal);
}
