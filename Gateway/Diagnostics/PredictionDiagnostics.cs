using System.Diagnostics;
using MlAspire.Gateway.Pipeline;
using MlAspire.Gateway.Pipeline.Predict;
using MlAspire.Gateway.Routing;
using MlAspire.Gateway.Verbosity;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Logging;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Diagnostics;

/// <summary>What a prediction leaves in spans, metrics and log.</summary>
internal sealed partial class PredictionDiagnostics(GatewayMetrics metrics, Steps steps, VerboseRuleTable verbose, TimeProvider time, ILogger<PredictionDiagnostics> log)
{
    public TimeProvider Time => time;

    public Stages StagesOf(ModelRoute route) => new(steps, route.Name);

    /// <summary>The request goes this way from now on.</summary>
    public void Routed(ModelRoute route) => verbose.Routed(route.Name, route.Version);

    /// <param name="audited">Where the records are; null when there are none.</param>
    public void Answered(Answered answered, AuditReference? audited, TimeSpan took)
    {
        var (name, version, rows) = (answered.Route.Name, answered.Result.Version, answered.Request.Rows);
        verbose.Routed(name, version);
        metrics.Answered(name, version, took, answered.Result.Output);
        if (Enumerable.Range(0, rows).Sum(answered.Features.MissingIn) is > 0 and var missing)
        {
            metrics.FeaturesMissing(name, missing);
        }

        if (answered.Route.FallbackFor is { } asked)
        {
            metrics.FellBack(asked);
        }

        var span = Activity.Current;
        span?.SetTag(TelemetryNames.Attributes.ModelName, name);
        span?.SetTag(TelemetryNames.Attributes.ModelVersion, version);
        span?.SetTag(TelemetryNames.Attributes.Route, answered.Route.Arm);
        span?.SetTag(TelemetryNames.Attributes.Rows, rows);
        span?.SetTag(TelemetryNames.Attributes.PredictionId, answered.Predictions[0].PredictionId);
        AddFacts(answered, audited);
        LogCompleted(name, version, answered.Route.Alias, rows, answered.Predictions[0].PredictionId, took.TotalMilliseconds);
    }

    /// <param name="stage">The one that failed; null before the first.</param>
    public void Failed(ModelRoute? route, string? stage, ServiceError error, TimeSpan took)
    {
        var (name, code) = (route?.Name ?? GatewayMetrics.UnknownModel, ErrorMapping.Of(error.Code).Wire);
        metrics.Failed(name, took, code, Fault.Of(stage, error.Code));
        RequestFacts.Current?.Add(TelemetryNames.Facts.Model, name);
        RequestFacts.Current?.Add(TelemetryNames.Facts.ModelVersion, route?.Version ?? error.ModelVersion);
        LogFailed(name, code, took.TotalMilliseconds);
    }

    private static void AddFacts(Answered answered, AuditReference? audited)
    {
        if (RequestFacts.Current is not { } facts)
        {
            return;
        }

        facts.Add(TelemetryNames.Facts.Model, answered.Route.Name);
        facts.Add(TelemetryNames.Facts.ModelVersion, answered.Result.Version);
        facts.Add(TelemetryNames.Facts.ModelAlias, answered.Route.Alias);
        facts.Add(TelemetryNames.Facts.Arm, answered.Route.Arm);
        facts.Add(TelemetryNames.Facts.FallbackFor, answered.Route.FallbackFor);
        facts.Add(TelemetryNames.Facts.StaleShare, answered.Features.StaleShare is { } share ? Math.Round(share, 6) : null);
        facts.Add(TelemetryNames.Facts.Rows, answered.Request.Rows);
        facts.Add(TelemetryNames.Facts.PredictionId, answered.Predictions[0].PredictionId);
        facts.Add(TelemetryNames.Facts.AuditIndex, audited?.Index);
        foreach (var (stage, took) in answered.Stages)
        {
            facts.Add(TelemetryNames.Facts.StepSeconds[stage], Math.Round(took.TotalSeconds, 6));
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.PredictionAnswered, Level = LogLevel.Debug,
        Message = "Model {Model} version {ModelVersion} (alias {ModelAlias}) answered {Rows} rows, the first is prediction {PredictionId}, in {LatencyMs:F3} ms")]
    private partial void LogCompleted(string model, string modelVersion, string? modelAlias, int rows, string predictionId, double latencyMs);

    [LoggerMessage(EventName = TelemetryNames.Events.PredictionFailed, Level = LogLevel.Information, Message = "A request to model {Model} failed: {Code}, after {LatencyMs:F3} ms")]
    private partial void LogFailed(string model, string code, double latencyMs);
}
