using System.Diagnostics;
using MlAspire.Gateway.Pipeline;
using MlAspire.Gateway.Routing;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Diagnostics;

/// <summary>What a prediction leaves in spans, metrics and log.</summary>
internal sealed partial class PredictionDiagnostics(GatewayMetrics metrics, Steps steps, TimeProvider time, ILogger<PredictionDiagnostics> log)
{
    // A name from outside would be an unbounded label.
    private const string UnknownModel = "unknown";

    public TimeProvider Time => time;

    public Stages StagesOf(ModelRoute route) => new(steps, route.Name);

    public void Answered(Answered answered, TimeSpan took)
    {
        var (name, version, rows) = (answered.Route.Name, answered.Result.Version, answered.Request.Rows);
        metrics.Answered(name, version, took, answered.Result.Output);
        if (Enumerable.Range(0, rows).Sum(answered.Features.MissingIn) is > 0 and var missing)
        {
            metrics.FeaturesMissing(name, missing);
        }

        var span = Activity.Current;
        span?.SetTag(TelemetryNames.Attributes.ModelName, name);
        span?.SetTag(TelemetryNames.Attributes.ModelVersion, version);
        span?.SetTag(TelemetryNames.Attributes.Route, answered.Route.Arm);
        span?.SetTag(TelemetryNames.Attributes.Rows, rows);
        span?.SetTag(TelemetryNames.Attributes.PredictionId, answered.Predictions[0].PredictionId);
        LogCompleted(name, version, answered.Route.Alias, rows, answered.Predictions[0].PredictionId, took.TotalMilliseconds);
    }

    public void Failed(ModelRoute? route, ServiceError error, TimeSpan took)
    {
        var (name, code) = (route?.Name ?? UnknownModel, ErrorMapping.Of(error.Code).Wire);
        metrics.Failed(name, took, code);
        LogFailed(name, code, took.TotalMilliseconds);
    }

    [LoggerMessage(EventName = TelemetryNames.Events.PredictionAnswered, Level = LogLevel.Information,
        Message = "Model {Model} version {ModelVersion} (alias {ModelAlias}) answered {Rows} rows, the first is prediction {PredictionId}, in {LatencyMs:F3} ms")]
    private partial void LogCompleted(string model, string modelVersion, string? modelAlias, int rows, string predictionId, double latencyMs);

    [LoggerMessage(EventName = TelemetryNames.Events.PredictionFailed, Level = LogLevel.Information, Message = "A request to model {Model} failed: {Code}, after {LatencyMs:F3} ms")]
    private partial void LogFailed(string model, string code, double latencyMs);
}
