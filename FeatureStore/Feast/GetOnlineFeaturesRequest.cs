using System.Text.Json.Serialization;
using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.Feast;

/// <summary>Body of Feast's <c>POST /get-online-features</c>.</summary>
/// <param name="Entities">Columns of equal length: join keys, and what transforms of the service take with the request; names that nothing asked for needs are ignored.</param>
/// <param name="Features"><c>view:feature</c>; not used when <paramref name="FeatureService"/> is given.</param>
/// <param name="FullFeatureNames">Answer <c>view__feature</c> (for a service <c>prefix__feature</c>) instead of <c>feature</c>.</param>
/// <param name="EventTimes">Not Feast's: moment of each row, ISO 8601 with offset; null = now.</param>
public sealed record GetOnlineFeaturesRequest(
    Dictionary<string, RequestColumn>? Entities, List<string>? Features, string? FeatureService, bool? FullFeatureNames, RequestColumn? EventTimes);

/// <summary>Answer of Feast's <c>POST /get-online-features</c>: <c>Results[i]</c> belongs to <c>Metadata.FeatureNames[i]</c>; join keys come first.</summary>
public sealed record GetOnlineFeaturesResponse(IReadOnlyList<FeatureVector> Results, FeatureVectorMetadata Metadata);

/// <summary>One column of the answer; every array has the shape [rows].</summary>
/// <param name="EventTimestamps">UTC; 1970 where there is no value, and for join keys.</param>
[JsonConverter(typeof(FeatureVectorConverter))]
public sealed record FeatureVector(Array Values, FieldStatus[] Statuses, string[] EventTimestamps);

/// <summary>Names of the columns.</summary>
public sealed record FeatureVectorMetadata(IReadOnlyList<string> FeatureNames);
