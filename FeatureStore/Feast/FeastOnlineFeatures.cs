using System.Text.Json;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Feast;

/// <summary>Feast's read: the same features as our own route, asked for and answered as Feast's Python feature server does.</summary>
/// <remarks>
/// A value that is STALE here is PRESENT there with its value, because Feast knows no middle; NULL is NULL_VALUE.
/// Source: <see href="https://docs.feast.dev/reference/feature-servers/python-feature-server">Feast, Python feature server</see>.
/// </remarks>
internal sealed class FeastOnlineFeatures(FeatureRegistry registry, OnlineFeatures features, TimeProvider time)
{
    private const string Epoch = "1970-01-01T00:00:00Z";

    /// <exception cref="FeastError">The request is wrong.</exception>
    /// <exception cref="MlAspire.ServiceDefaults.Errors.ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task<GetOnlineFeaturesResponse> ReadAsync(GetOnlineFeaturesRequest request, CancellationToken cancellation)
    {
        var references = FeatureReferences.Resolve(registry, request);
        var given = request.Entities ?? [];
        var rows = Rows(references, given, request.EventTimes);
        var read = await features.ReadAsync(references.Service, rows, cancellation);
        var columns = references.Service.EntityColumns;
        var keys = given.Keys.Where(name => columns.Contains(name, StringComparer.Ordinal)).ToList();
        return new GetOnlineFeaturesResponse(
            [.. keys.Select(name => JoinKey(rows, Array.IndexOf(columns, name))), .. read.Select(feature => Feature(rows, feature))],
            new FeatureVectorMetadata([.. keys, .. references.Names]));
    }

    private OnlineRow[] Rows(FeatureReferences references, Dictionary<string, JsonElement> given, JsonElement? eventTimes)
    {
        var columns = references.Service.EntityColumns;
        var missing = columns.Where(name => !given.ContainsKey(name)).Order(StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
        {
            throw FeastError.Other($"\"Missing join key values for keys: {List(missing)}. No values provided for keys: {List(missing)}. Provided join_key_values: {List(given.Keys)}\"");
        }
        var asked = new OnlineFeaturesRequest(null, columns.ToDictionary(name => name, name => given[name]), eventTimes);
        try
        {
            return OnlineRows.Of(asked, references.Service, time.GetUtcNow());
        }
        catch (ServiceDefaults.Errors.ServiceError e)
        {
            throw FeastError.Other(string.Join("; ", e.Errors.Select(error => $"{error.Field} {error.Message}")));
        }
    }

    private static FeatureVector JoinKey(OnlineRow[] rows, int column) =>
        new(Array.ConvertAll(rows, row => (object?)row.Entities[column]), Array.ConvertAll(rows, _ => "PRESENT"), Array.ConvertAll(rows, _ => Epoch));

    private static FeatureVector Feature(OnlineRow[] rows, OnlineFeature feature) => new(
        Array.ConvertAll(feature.Values, value => (object?)value),
        Array.ConvertAll(feature.Statuses, status => status switch { "STALE" => "PRESENT", "NULL" => "NULL_VALUE", _ => status }),
        [.. rows.Zip(feature.AgesSeconds, (row, age) => age is { } seconds ? Timestamp(row.Moment.ToUnixTimeSeconds() - seconds) : Epoch)]);

    private static string Timestamp(long unixSeconds) => DateTimeOffset.FromUnixTimeSeconds(unixSeconds).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);

    private static string List(IEnumerable<string> names) => $"[{string.Join(", ", names.Select(name => $"'{name}'"))}]";
}
