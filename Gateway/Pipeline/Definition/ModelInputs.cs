using System.Collections.Frozen;

namespace MlAspire.Gateway.Pipeline.Definition;

/// <summary>Assembles rows of a model's input as its pipeline says; the one place where serving and training do it.</summary>
/// <remarks>Pure, thread-safe, no allocation a row.</remarks>
public sealed class ModelInputs
{
    private readonly Cell[] cells;

    public ModelInputs(PipelineDefinition definition)
    {
        Entities = [.. definition.Entities];
        Numbers = [.. NamesOf(definition, PipelineInputType.Number)];
        Times = [.. NamesOf(definition, PipelineInputType.Time)];
        Features = [.. definition.Columns.Where(column => column.Kind == PipelineColumnKind.Feature).Select(column => column.Source).Distinct()];
        cells = [.. definition.Columns.Select(ToCell)];
    }

    /// <summary>Names of the entities, in the order of <see cref="ModelInputRow.Entities"/>.</summary>
    public IReadOnlyList<string> Entities { get; }

    /// <summary>Names of the number inputs, in the order of <see cref="ModelInputRow.Numbers"/>.</summary>
    public IReadOnlyList<string> Numbers { get; }

    /// <summary>Names of the time inputs, in the order of <see cref="ModelInputRow.Times"/>.</summary>
    public IReadOnlyList<string> Times { get; }

    /// <summary>Names of the features, distinct, in the order of <see cref="ModelInputRow.Features"/>.</summary>
    public IReadOnlyList<string> Features { get; }

    /// <summary>Columns of the model's input; the length of a row.</summary>
    public int Columns => cells.Length;

    /// <summary>Whether every column that is made of the entity at <paramref name="entity"/> knows <paramref name="value"/>.</summary>
    public bool Knows(int entity, string value) =>
        cells.All(cell => cell.Kind != PipelineColumnKind.Index || cell.Source != entity || cell.Vocabulary!.ContainsKey(value));

    /// <summary>Writes one row of the model's input.</summary>
    /// <param name="row">Its parts, each as long as the list of names here.</param>
    /// <param name="target">Shape [<see cref="Columns"/>]; a missing feature without default becomes NaN.</param>
    /// <exception cref="ArgumentException">A length differs, or a column does not know an entity's value (see <see cref="Knows"/>).</exception>
    public void Fill(in ModelInputRow row, Span<float> target)
    {
        if (row.Entities.Length != Entities.Count || row.Numbers.Length != Numbers.Count || row.Times.Length != Times.Count || row.Features.Length != Features.Count
            || target.Length != Columns)
        {
            throw new ArgumentException("The row's parts do not have the pipeline's lengths.", nameof(row));
        }

        for (var i = 0; i < cells.Length; i++)
        {
            var cell = cells[i];
            target[i] = cell.Kind switch
            {
                PipelineColumnKind.Input => (float)row.Numbers[cell.Source],
                PipelineColumnKind.MinuteOfDay => MinuteOfDay(row.Times[cell.Source]),
                PipelineColumnKind.DayOfWeek => DayOfWeek(row.Times[cell.Source]),
                PipelineColumnKind.Index => IndexOf(cell, row.Entities[cell.Source]),
                _ => row.Features[cell.Source] is var value && double.IsNaN(value) ? cell.Default : (float)value,
            };
        }
    }

    private float IndexOf(Cell cell, string value) => cell.Vocabulary!.TryGetValue(value, out var index)
        ? index
        : throw new ArgumentException($"'{value}' is not in the vocabulary of entity '{Entities[cell.Source]}'.", nameof(value));

    private static float MinuteOfDay(DateTimeOffset time) => (time.Hour * 60) + time.Minute;

    private static float DayOfWeek(DateTimeOffset time) => time.DayOfWeek == System.DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek;

    private static IEnumerable<string> NamesOf(PipelineDefinition definition, PipelineInputType type) =>
        definition.Inputs.Where(input => input.Type == type).Select(input => input.Name);

    private Cell ToCell(PipelineColumn column)
    {
        var names = column.Kind switch
        {
            PipelineColumnKind.Input => Numbers,
            PipelineColumnKind.Index => Entities,
            PipelineColumnKind.Feature => Features,
            _ => Times,
        };
        return new(column.Kind, names.ToList().IndexOf(column.Source), (float)(column.Default ?? double.NaN))
        {
            Vocabulary = column.Kind == PipelineColumnKind.Index
                ? column.Vocabulary.Select((value, i) => KeyValuePair.Create(value, (float)i)).ToFrozenDictionary()
                : null,
        };
    }

    private readonly record struct Cell(PipelineColumnKind Kind, int Source, float Default)
    {
        public FrozenDictionary<string, float>? Vocabulary { get; init; }
    }
}
