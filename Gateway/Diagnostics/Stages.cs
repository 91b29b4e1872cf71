using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Diagnostics;

/// <summary>The stages of one request, one after the other: each a step, and each one's time kept for the audit record.</summary>
internal sealed class Stages(Steps steps, string model)
{
    private readonly KeyValuePair<string, object?>[] labels = [new(TelemetryNames.Attributes.ModelName, model)];
    private readonly List<KeyValuePair<string, TimeSpan>> took = [];

    /// <summary>How long the stages took that are over, in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, TimeSpan>> Took => took;

    public T Run<T>(string name, Func<T> work) => steps.Run(StepOf(name), work);

    public Task<T> RunAsync<T>(string name, Func<Task<T>> work) => steps.RunAsync(StepOf(name), work);

    private Step StepOf(string name) => new(name) { Labels = labels, Over = time => took.Add(new(name, time)) };
}
