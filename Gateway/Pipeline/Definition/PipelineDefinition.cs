namespace MlAspire.Gateway.Pipeline.Definition;

/// <summary>What the gateway does for one model between request and answer: <c>models/&lt;name&gt;/pipeline.json</c>.</summary>
/// <remarks>Pure data, linked into Pipelines, so that training writes and assembles exactly what serving reads. <see cref="PipelineFile"/> reads, checks and writes it.</remarks>
public sealed record PipelineDefinition
{
    /// <summary>The model's name in the model repository.</summary>
    public required string Model { get; init; }

    /// <summary>The feature service that is read for every row; null when no column takes a feature.</summary>
    public string? FeatureService { get; init; }

    /// <summary>Version of the feature service, from 1; null = its newest. Only with a feature service.</summary>
    public int? FeatureServiceVersion { get; init; }

    /// <summary>The number inputs that transforms of the feature service take with the request, by the names that they have there, distinct. Empty without a feature service.</summary>
    public IReadOnlyList<string> FeatureRequest { get; init; } = [];

    /// <summary>Names of the entity columns that a request must send, distinct.</summary>
    public required IReadOnlyList<string> Entities { get; init; }

    /// <summary>The entity that is a person, or stands for one: what the audit log keeps of a row belongs to it, and can be erased. Null = no row is about a person.</summary>
    public string? Subject { get; init; }

    /// <summary>The input columns that a request must send, by distinct names.</summary>
    public required IReadOnlyList<PipelineInput> Inputs { get; init; }

    /// <summary>The time input that says at which moment features are read; null means now.</summary>
    public string? EventTime { get; init; }

    /// <summary>Name of the model's input tensor, FP32 of shape [rows, columns].</summary>
    public required string ModelInput { get; init; }

    /// <summary>Name of the model's output tensor, FP32 of shape [rows, 1].</summary>
    public required string ModelOutput { get; init; }

    /// <summary>The columns of the model's input, in their order; at least one, names distinct.</summary>
    public required IReadOnlyList<PipelineColumn> Columns { get; init; }

    /// <summary>How the model's output is named and labelled.</summary>
    public required PipelineOutput Output { get; init; }

    /// <summary>What answers when the features are not worth it; null = nothing does. Only with a feature service.</summary>
    public PipelineFallback? Fallback { get; init; }
}

/// <param name="Model">Another model, without feature service, whose entities and inputs are among this one's.</param>
/// <param name="MaxStaleShare">Share of stale or missing values of a request's features up to which (inclusive) the model itself answers, in [0, 1). A feature store that cannot be read is a share of 1.</param>
public sealed record PipelineFallback(string Model, double MaxStaleShare);

/// <summary>One input column of a request.</summary>
/// <param name="Name">Its name under <c>inputs</c>.</param>
/// <param name="Type">A finite number, or an ISO 8601 time with its UTC offset.</param>
/// <param name="Min">Smallest allowed number, inclusive; null = none. Only for numbers.</param>
/// <param name="Max">Largest allowed number, inclusive; null = none. Only for numbers.</param>
public sealed record PipelineInput(string Name, PipelineInputType Type, double? Min = null, double? Max = null);

public enum PipelineInputType
{
    Number,
    Time,
}

/// <summary>One column of the model's input.</summary>
/// <param name="Name">The column's name, as training calls it.</param>
/// <param name="Kind">How its value is made.</param>
/// <param name="Source">The input, entity or feature it is made of.</param>
public sealed record PipelineColumn(string Name, PipelineColumnKind Kind, string Source)
{
    /// <summary>For <see cref="PipelineColumnKind.Index"/>: the known values; a value's position (from 0) is the column's number. Empty otherwise.</summary>
    public IReadOnlyList<string> Vocabulary { get; init; } = [];

    /// <summary>For <see cref="PipelineColumnKind.Feature"/>: what stands for a missing feature; null means NaN.</summary>
    public double? Default { get; init; }
}

/// <summary>How a column's value is made of its source.</summary>
public enum PipelineColumnKind
{
    /// <summary>A number input as it is.</summary>
    Input,

    /// <summary>Minutes since local midnight of a time input, 0 to 1439, on the clock of the time as given.</summary>
    MinuteOfDay,

    /// <summary>Weekday of a time input on the clock of the time as given: Monday = 1 ... Sunday = 7.</summary>
    DayOfWeek,

    /// <summary>Position of an entity's value in the column's vocabulary.</summary>
    Index,

    /// <summary>A feature of the feature service, or the column's default when it is missing.</summary>
    Feature,
}

/// <summary>How the model's number becomes an answer.</summary>
/// <param name="Name">Name of the number in the answer's <c>output</c>.</param>
/// <param name="Threshold">From this number on (inclusive) the second label holds, in [0, 1].</param>
/// <param name="Labels">Exactly two: below the threshold, and from it on.</param>
public sealed record PipelineOutput(string Name, double Threshold, IReadOnlyList<string> Labels)
{
    /// <summary>The label of <paramref name="value"/>; the second one from the threshold on.</summary>
    public string LabelOf(double value) => value >= Threshold ? Labels[1] : Labels[0];
}
