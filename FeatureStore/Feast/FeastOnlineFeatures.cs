using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Reload;
using MlAspire.FeatureStore.Rows;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.FeatureStore.Feast;

/// <summary>Feast's read: the same features as our own route, asked for and answered as Feast's Python feature server does.</summary>
/// <remarks>
/// A value that is STALE or DEFAULT here is PRESENT there, because Feast knows no middle; NULL is NULL_VALUE, EXPIRED is OUTSIDE_MAX_AGE. What transforms take with the request is among the entities, and not answered.
/// Source: <see href="https://docs.feast.dev/reference/feature-servers/python-feature-server">Feast, Python feature server</see>.
/// </remarks>
internal sealed class FeastOnlineFeatures(ServedRegistry registry, OnlineFeatures features, TimeProvider time)
{
    private const string Epoch = "1970-01-01T00:00:00Z";

    // What Feast calls the join key of a view without one; its clients send it with empty values, and look for the features behind it.
    private const string DummyId = "__dummy_id";

    /// <exception cref="FeastError">The request is wrong.</exception>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer, and there are no defaults.</exception>
    public async Task<GetOnlineFeaturesResponse> ReadAsync(GetOnlineFeaturesRequest request, Deadline? deadline, CancellationToken cancellationToken)
    {
        var snapshot = registry.Current;
        var references = FeatureReferences.Resolve(snapshot.Registry, request);
        var given = request.Entities ?? throw FeastError.Missing("entities");
        var rows = Rows(references, given, request.EventTimes);
        var read = await ReadAsync(snapshot, references.Service, rows, deadline, cancellationToken);
        var columns = references.Service.EntityColumns;
        // As in Feast every join key of the project comes back, whether a view that is asked for has it or not.
        var known = columns.Concat(snapshot.Registry.Entities.SelectMany(entity => entity.JoinKeys)).Append(DummyId).ToHashSet(StringComparer.Ordinal);
        var keys = given.Keys.Where(known.Contains).ToList();
        return new GetOnlineFeaturesResponse(
            [.. keys.Select(name => Array.IndexOf(columns, name) is >= 0 and var column ? JoinKey(rows, references.Service, column) : Given(name, given[name])), .. read.Select(feature => Feature(rows, feature))],
            new FeatureVectorMetadata([.. keys, .. references.Names]));
    }

    private async Task<OnlineFeature[]> ReadAsync(RegistrySnapshot snapshot, ServiceAggregation service, OnlineRow[] rows, Deadline? deadline, CancellationToken cancellationToken)
    {
        try
        {
            return await features.ReadAsync(snapshot, service, rows, deadline, cancellationToken);
        }
        catch (ServiceError e) when (e.Code == ErrorCode.InvalidArgument)
        {
            throw FeastError.Of(e);
        }
    }

    private OnlineRow[] Rows(FeatureReferences references, Dictionary<string, RequestColumn> given, RequestColumn? eventTimes)
    {
        var (columns, inputs) = (references.Service.EntityColumns, references.Service.InputColumns);
        if (NotGiven(inputs) is { Count: > 0 } data)
        {
            throw FeastError.RequestDataNotFound(List(data.Order(StringComparer.Ordinal)));
        }
        if (NotGiven(columns) is { Count: > 0 } missing)
        {
            throw Missing(missing, given);
        }
        Check(given);
        // As Feast has it, a number becomes the text that a STRING key is.
        var asked = new OnlineFeaturesRequest(null, columns.Zip(references.Service.EntityTypes).ToDictionary(column => column.First, column => column.Second == FieldType.String ? given[column.First].AsTexts() : given[column.First]), eventTimes,
            Request: inputs.ToDictionary(name => name, name => given[name]));
        try
        {
            var rows = OnlineRows.Of(asked, references.Service, time.GetUtcNow());
            return columns.Length + inputs.Length == 0 && eventTimes is null && given.Count > 0 ? Repeated(rows[0], given, registry.Current.Registry) : rows;
        }
        catch (ServiceError e)
        {
            throw FeastError.Of(e);
        }

        List<string> NotGiven(string[] names) => [.. names.Where(name => !given.ContainsKey(name))];
    }

    private static void Check(Dictionary<string, RequestColumn> given)
    {
        foreach (var (name, column) in given)
        {
            if (column is not { IsArray: true })
            {
                throw FeastError.Invalid("list_type", "Input should be a valid list", "entities", name);
            }
            if (column.Rows > OnlineRows.MaxRows)
            {
                throw FeastError.Invalid("too_long", $"List should have at most {OnlineRows.MaxRows} items", "entities", name);
            }
        }
        if (given.Values.Select(column => column.Rows).Distinct().Skip(1).Any())
        {
            throw FeastError.Other("All entity rows must have the same columns.");
        }
    }

    /// <summary>Views without an entity have as many rows as whatever is given.</summary>
    /// <exception cref="FeastError">There are none; in Feast's words, which looks for all join keys of the project.</exception>
    private static OnlineRow[] Repeated(OnlineRow row, Dictionary<string, RequestColumn> given, FeatureRegistry registry)
    {
        if (given.First().Value.Rows == 0)
        {
            throw Missing(registry.Entities.SelectMany(entity => entity.JoinKeys), given);
        }
        return [.. Enumerable.Repeat(row, given.First().Value.Rows)];
    }

    private static FeastError Missing(IEnumerable<string> columns, Dictionary<string, RequestColumn> given)
    {
        var missing = List(columns.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return FeastError.Other($"\"Missing join key values for keys: {missing}. No values provided for keys: {missing}. Provided join_key_values: {List(given.Keys)}\"");
    }

    private static FeatureVector JoinKey(OnlineRow[] rows, ServiceAggregation service, int column) => Key(Column(service.EntityTypes[column], Array.ConvertAll(rows, row => row.Entities[column])));

    /// <summary>A column that no view needs.</summary>
    private static FeatureVector Given(string name, RequestColumn column) => Key(name == DummyId ? Enumerable.Repeat("", column.Rows).ToArray() : column.AsGiven());

    private static FeatureVector Key(Array values) => new(values, new FieldStatus[values.Length], [.. Enumerable.Repeat(Epoch, values.Length)]);

    private static Array Column(FieldType type, string[] texts) =>
        type == FieldType.String ? texts : Array.ConvertAll(texts, text => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture));

    private static FeatureVector Feature(OnlineRow[] rows, OnlineFeature feature) => new(
        feature.Values, feature.Statuses,
        [.. rows.Zip(feature.AgesMicroseconds, (row, age) => age >= 0 ? Timestamp(RowLayout.Microseconds(row.Moment) - age) : Epoch)]);

    /// <summary>As protobuf writes it: no fraction, or the 3 or 6 digits that are exact.</summary>
    private static string Timestamp(long microseconds)
    {
        var time = DateTime.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
        var format = microseconds % 1_000_000 == 0 ? "yyyy-MM-ddTHH:mm:ssZ" : microseconds % 1_000 == 0 ? "yyyy-MM-ddTHH:mm:ss.fffZ" : "yyyy-MM-ddTHH:mm:ss.ffffffZ";
        return time.ToString(format, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string List(IEnumerable<string> names) => $"[{string.Join(", ", names.Select(name => $"'{name}'"))}]";
}
