using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Pipelines.Train.Export;

namespace MlAspire.Pipelines.Train;

/// <summary>The pipeline of the flight model: which columns it has and how they are made of a request and the features.</summary>
internal static class FlightDelayPipeline
{
    public const string Model = "flight-delay";
    public const string FeatureService = "flight_delay";

    /// <summary>The same learner on the request's own columns: what answers when the features are not worth reading.</summary>
    public const string RequestOnlyModel = "flight-delay-request-only";

    // freshness.json: with 0.833 of the features missing the model is still better than the fallback, with all of them it is not.
    private const double MaxStaleShare = 0.85;

    /// <summary>Columns that need no feature store; the first ones of the row.</summary>
    public const int RequestColumns = 5;

    /// <summary>The definition that training assembles rows with and the Gateway reads.</summary>
    /// <param name="features">Features of the service, in its order.</param>
    /// <param name="airports">Codes of the airports, in the order of their numbers.</param>
    /// <param name="threshold">From this probability on the label is <c>late</c>.</param>
    public static PipelineDefinition Definition(IEnumerable<string> features, IReadOnlyList<string> airports, double threshold) => new()
    {
        Model = Model,
        FeatureService = FeatureService,
        Entities = ["origin", "destination"],
        Inputs = [new("distance_miles", PipelineInputType.Number, 0, 10_000), new("departure", PipelineInputType.Time)],
        EventTime = "departure",
        ModelInput = TreeEnsembleModel.InputName,
        ModelOutput = TreeEnsembleModel.OutputName,
        Columns =
        [
            new("minute_of_day", PipelineColumnKind.MinuteOfDay, "departure"),
            new("day_of_week", PipelineColumnKind.DayOfWeek, "departure"),
            new("distance_miles", PipelineColumnKind.Input, "distance_miles"),
            new("origin", PipelineColumnKind.Index, "origin") { Vocabulary = airports },
            new("destination", PipelineColumnKind.Index, "destination") { Vocabulary = airports },
            .. features.Select(feature => new PipelineColumn(feature, PipelineColumnKind.Feature, feature)),
        ],
        Output = new("probability", threshold, ["on_time", "late"]),
        Fallback = new(RequestOnlyModel, MaxStaleShare),
    };

    /// <summary>The definition of the fallback: the same without what comes from the feature store.</summary>
    public static PipelineDefinition RequestOnly(PipelineDefinition pipeline, double threshold) => pipeline with
    {
        Model = RequestOnlyModel,
        FeatureService = null,
        Columns = [.. pipeline.Columns.Take(RequestColumns)],
        Output = pipeline.Output with { Threshold = threshold },
        Fallback = null,
    };
}
