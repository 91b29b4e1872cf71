using Microsoft.Extensions.Options;
using MlAspire.Gateway.Pipeline.Events;
using MlAspire.Monitoring.Diagnostics;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Monitoring.Traffic;

/// <summary>Says within 20 s that a model is asked many times as often as usual. Thread-safe.</summary>
/// <remarks>Of the models that <see cref="Summary.ModelStatistics"/> watches, 3 KB each.</remarks>
internal sealed partial class TrafficWatch(IOptions<TrafficOptions> options, MonitoringMetrics metrics, WorkerHealth worker, TimeProvider time, ILogger<TrafficWatch> log)
    : PeriodicWorker("traffic", Interval, worker, time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new(); // guards models
    private readonly SortedDictionary<string, ModelTraffic> models = new(StringComparer.Ordinal);

    /// <summary>The models that are asked many times as often as usual, and since when.</summary>
    public IReadOnlyList<(string Model, DateTimeOffset Since)> Spikes
    {
        get
        {
            lock (gate)
            {
                return [.. from model in models where model.Value.Since is not null select (model.Key, model.Value.Since!.Value)];
            }
        }
    }

    /// <summary>Counts a prediction at its own time, so that what was read late is not a spike.</summary>
    public void Count(PredictionEvent prediction)
    {
        lock (gate)
        {
            if (!models.TryGetValue(prediction.Model, out var model))
            {
                models[prediction.Model] = model = new(options.Value);
            }

            model.Add(prediction.Time, Time.GetUtcNow());
        }
    }

    protected override Task TurnAsync(CancellationToken stopping)
    {
        lock (gate)
        {
            Look(Time.GetUtcNow());
        }

        return Task.CompletedTask;
    }

    private void Look(DateTimeOffset now)
    {
        var changed = models.Where(model => model.Value.Changes(now)).ToList();
        metrics.Spikes = [.. models.Select(model => (model.Key, model.Value.Since is not null))]; // before the lines that lead somebody to look at them
        foreach (var (name, model) in changed)
        {
            if (model.Since is not null)
            {
                LogSpiked(name, model.Rate, model.UsualRate);
            }
            else
            {
                LogSettled(name, model.Rate, model.UsualRate);
            }
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.TrafficSpiked, Level = LogLevel.Warning, Message = "Model {Model} is asked {PredictionsPerSecond} times a second, usually {UsualPerSecond}")]
    private partial void LogSpiked(string model, double predictionsPerSecond, double usualPerSecond);

    [LoggerMessage(EventName = TelemetryNames.Events.TrafficSettled, Level = LogLevel.Information, Message = "Model {Model} is asked {PredictionsPerSecond} times a second again, usually {UsualPerSecond}")]
    private partial void LogSettled(string model, double predictionsPerSecond, double usualPerSecond);
}
