namespace MlAspire.Gateway.Pipeline.Definition;

/// <summary>One model's pipeline, ready to use; immutable.</summary>
internal sealed class PipelineModel(PipelineDefinition definition)
{
    public PipelineDefinition Definition => definition;

    public ModelInputs Inputs { get; } = new(definition);

    /// <summary>Number inputs with their bounds, in the order of <see cref="ModelInputs.Numbers"/>.</summary>
    public IReadOnlyList<PipelineInput> Numbers { get; } = [.. definition.Inputs.Where(input => input.Type == PipelineInputType.Number)];

    /// <summary>Position of the event time in <see cref="ModelInputs.Times"/>; -1 when the moment of a prediction is now.</summary>
    public int EventTime { get; } = definition.Inputs.Where(input => input.Type == PipelineInputType.Time).Select(input => input.Name).ToList().IndexOf(definition.EventTime ?? "");

    /// <summary>Position of the subject in <see cref="ModelInputs.Entities"/>; -1 when no row is about a person.</summary>
    public int Subject { get; } = definition.Entities.ToList().IndexOf(definition.Subject ?? "");
}
