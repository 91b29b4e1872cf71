using MlAspire.Gateway.Pipeline.Infer;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Diagnostics;

/// <summary>The stages of one request, one after the other: each a step, and each one's time kept for the audit record.</summary>
/// <remarks>From the model's answer on they are labelled with the model and version that answered: before, a version is what the caller says, which is no closed set.</remarks>
internal sealed class Stages(Steps steps, string model)
{
    private readonly List<KeyValuePair<string, object?>> labels = [new(TelemetryNames.Attributes.ModelName, model)];
    private readonly List<KeyValuePair<string, TimeSpan>> took = [];

    /// <summary>How long the stages took that are over, in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, TimeSpan>> Took => took;

    /// <summary>The one that was over last, also by failing; null before the first.</summary>
    public string? Last => took.Count == 0 ? null : took[^1].Key;

    public T Run<T>(string name, Func<T> work) => steps.Run(StepOf(name), work);

    public Task<T> RunAsync<T>(string name, Func<Task<T>> work) => steps.RunAsync(StepOf(name), work);

    /// <summary>The stage <c>infer</c>.</summary>
    /// <param name="answering">The model that is asked: the one of the request, or its fallback.</param>
    public Task<InferenceResult> InferAsync(string answering, Func<Task<InferenceResult>> work) => RunAsync(TelemetryNames.Spans.Infer, async () =>
    {
        labels[0] = new(TelemetryNames.Attributes.ModelName, answering);
        var result = await work();
        labels.Add(new(TelemetryNames.Attributes.ModelVersion, result.Version));
        return result;
    });

    private Step StepOf(string name) => new(name) { Labels = labels, Over = time => took.Add(new(name, time)) };
}
