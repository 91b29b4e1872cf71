using MlAspire.Gateway.Pipeline.Definition;

namespace MlAspire.Gateway.Pipeline.Predict;

/// <summary>A request's rows as columns, checked against the model's pipeline.</summary>
internal sealed record PredictRequest
{
    /// <summary>At least 1.</summary>
    public required int Rows { get; init; }

    /// <summary>Shape [entities, rows], in the order of <see cref="ModelInputs.Entities"/>.</summary>
    public required string[][] Entities { get; init; }

    /// <summary>Shape [number inputs, rows], in the order of <see cref="ModelInputs.Numbers"/>; finite.</summary>
    public required double[][] Numbers { get; init; }

    /// <summary>Shape [time inputs, rows], in the order of <see cref="ModelInputs.Times"/>; with the offsets as given.</summary>
    public required DateTimeOffset[][] Times { get; init; }

    /// <summary>Shape [rows], distinct; null when the gateway shall make them.</summary>
    public required string[]? PredictionIds { get; init; }

    /// <summary>Whom each row is about, entity and value (<c>passenger:4711</c>), shape [rows]; null when the model has no subject.</summary>
    public string[]? Subjects { get; init; }

    /// <summary>Whether the answer shall hold the features as read.</summary>
    public required bool Explain { get; init; }

    /// <summary>A part of the rows.</summary>
    public PredictRequest Slice(int start, int rows) => this with
    {
        Rows = rows,
        Entities = [.. Entities.Select(column => column[start..(start + rows)])],
        Numbers = [.. Numbers.Select(column => column[start..(start + rows)])],
        Times = [.. Times.Select(column => column[start..(start + rows)])],
        PredictionIds = PredictionIds?[start..(start + rows)],
        Subjects = Subjects?[start..(start + rows)],
    };

    /// <summary>The same rows for another model, whose columns are among those of the one that they were read for.</summary>
    public PredictRequest For(ModelInputs other, ModelInputs one)
    {
        return this with { Entities = Pick(Entities, one.Entities, other.Entities), Numbers = Pick(Numbers, one.Numbers, other.Numbers), Times = Pick(Times, one.Times, other.Times) };

        static T[][] Pick<T>(T[][] columns, IEnumerable<string> names, IEnumerable<string> wanted) => [.. wanted.Select(name => columns[names.ToList().IndexOf(name)])];
    }
}
