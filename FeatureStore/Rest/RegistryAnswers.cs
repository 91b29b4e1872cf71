using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlAspire.FeatureStore.Rest;

/// <summary>The registry, in the form of its file.</summary>
internal sealed record RegistryAnswer(
    string Project, IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> Entities, IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> Sources,
    [property: JsonPropertyName("featureViews")] IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> FeatureViews,
    [property: JsonPropertyName("featureServices")] IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> FeatureServices);

/// <param name="Sha256">Of the file that is served, hex digits.</param>
/// <param name="LoadedAt">Since when.</param>
/// <param name="Problems">Of a newer file that is not served; empty when there is none.</param>
internal sealed record RegistryStatus(string Sha256, DateTimeOffset LoadedAt, IReadOnlyList<RegistryProblem> Problems);

/// <param name="Path">Where in the file.</param>
/// <param name="Message">What is wrong.</param>
internal sealed record RegistryProblem(string Path, string Message);

/// <param name="Relationships">Each use of one definition by another.</param>
internal sealed record LineageAnswer(IReadOnlyList<LineageRelationship> Relationships);

internal sealed record LineageRelationship(LineageObject Source, LineageObject Target);

/// <param name="Type">entity, dataSource, featureView or featureService.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Of a feature service; absent of the others.</param>
internal sealed record LineageObject(string Type, string Name, int? Version = null);

/// <summary>What was answered of a view's features since the start.</summary>
/// <param name="AgeSeconds">Null without any.</param>
internal sealed record ViewStatisticsAnswer(string FeatureView, NumbersAnswer? AgeSeconds, IReadOnlyList<FeatureStatisticsAnswer> Features);

/// <summary>What was answered of a service's transforms since the start.</summary>
internal sealed record ServiceStatisticsAnswer(string FeatureService, int Version, IReadOnlyList<FeatureStatisticsAnswer> Transforms);

/// <param name="Type">Of its values.</param>
/// <param name="Count">Values that were answered.</param>
/// <param name="NullShare">In [0, 1]; null without any.</param>
/// <param name="Statuses">How often each.</param>
/// <param name="Numbers">Null without any.</param>
internal sealed record FeatureStatisticsAnswer(string Name, string Type, long Count, double? NullShare, IReadOnlyDictionary<string, long> Statuses, NumbersAnswer? Numbers);

/// <param name="Histogram">Bins that have something.</param>
internal sealed record NumbersAnswer(long Count, double Mean, double StandardDeviation, double Min, double Max, IReadOnlyList<BinAnswer> Histogram);

internal sealed record BinAnswer(double From, double To, long Count);
