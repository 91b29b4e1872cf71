using System.Text.Json.Serialization;
using MlAspire.Gateway.Pipeline.Definition;

namespace MlAspire.Gateway.Pipeline.Features;

/// <summary>Features as the feature store answered them, one column a feature.</summary>
/// <param name="FeatureService">The feature service that was read; null when none was.</param>
/// <param name="Version">Its version.</param>
/// <param name="Features">In the order of <see cref="ModelInputs.Features"/>, every column as long as the request has rows.</param>
internal sealed record FeatureValues(string? FeatureService, int Version, IReadOnlyList<FeatureColumn> Features)
{
    /// <summary>For a model without feature service.</summary>
    public static FeatureValues None { get; } = new(null, 0, []);

    /// <summary>What the store would have answered: nothing is there, because it cannot be read.</summary>
    public static FeatureValues Unavailable(PipelineModel model, int rows) => new(
        model.Definition.FeatureService!, 0,
        [.. model.Inputs.Features.Select(name => new FeatureColumn(name, new double?[rows], [.. Enumerable.Repeat("UNAVAILABLE", rows)], new double?[rows]))]);

    /// <summary>How many values, of all rows, are stale or missing.</summary>
    public int NotPresent => Features.Sum(feature => feature.Statuses.Count(status => status != "PRESENT"));

    /// <summary>Their share of all values, in [0, 1]; null when no feature was read.</summary>
    public double? StaleShare => Features.Count == 0 ? null : (double)NotPresent / Features.Sum(feature => feature.Statuses.Length);

    /// <summary>How many features of the row are null.</summary>
    public int MissingIn(int row) => Features.Count(feature => feature.Values[row] is null);
}

/// <param name="Name">Name of the feature in its feature service.</param>
/// <param name="Values">Shape [rows]; null = missing.</param>
/// <param name="Statuses">Shape [rows]: PRESENT, STALE, EXPIRED, NULL, NOT_FOUND, DEFAULT; UNAVAILABLE when the store could not be read.</param>
/// <param name="AgesSeconds">Shape [rows], in seconds; null when there is nothing to be old.</param>
internal sealed record FeatureColumn(string Name, double?[] Values, string[] Statuses, double?[] AgesSeconds);

/// <summary>What of the store's request or answer is no column.</summary>
internal sealed record FeatureHeader(string FeatureService, int? Version = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(FeatureHeader))]
internal sealed partial class FeatureJson : JsonSerializerContext;
