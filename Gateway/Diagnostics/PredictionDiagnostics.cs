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
    public void Answered(Attempt attempt, Answered answered, AuditReference? audited, TimeSpan took)
    {
        var (name, version, rows) = (answered.Route.Name, answered.Result.Version, answered.Request.Rows);
        verbose.Routed(name, version);
        metrics.Answered(name, version, took, answered.Result.Output);
        if (answered.Features.NotPresent is > 0 and var missing)
        {
            metrics.FeaturesMissing(answered.Route.FallbackFor ?? name, missing); // of the model whose features they are
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
        AddFacts(attempt.Route, version, attempt);
        RequestFacts.Current?.Add(TelemetryNames.Facts.PredictionId, answered.Predictions[0].PredictionId);
        RequestFacts.Current?.Add(TelemetryNames.Facts.AuditIndex, audited?.Index);
        LogCompleted(name, version, answered.Route.Alias, rows, answered.Predictions[0].PredictionId, took.TotalMilliseconds);
    }

    /// <param name="route">Where the request went at last; null when there is no such model.</param>
    /// <param name="attempt">Null when it was not read.</param>
    public void Failed(ModelRoute? route, Attempt? attempt, ServiceError error, TimeSpan took)
    {
        var (name, code, fault) = (route?.Name ?? GatewayMetrics.UnknownModel, ErrorMapping.Of(error.Code).Wire, Fault.Of(attempt?.Stages.Last, error.Code));
        metrics.Failed(name, took, code, fault);
        AddFacts(route, route?.Version ?? error.ModelVersion, attempt);
        RequestFacts.Current?.Add(TelemetryNames.Facts.ErrorType, fault.Type);
        RequestFacts.Current?.Add(TelemetryNames.Facts.PeerService, fault.Peer);
        LogFailed(name, code, took.TotalMilliseconds);
    }

    /// <summary>What is known of a request, however it ended.</summary>
    private static void AddFacts(ModelRoute? route, string? version, Attempt? attempt)
    {
        if (RequestFacts.Current is not { } facts)
        {
            return;
        }

        facts.Add(TelemetryNames.Facts.Model, route?.Name ?? GatewayMetrics.UnknownModel);
        facts.Add(TelemetryNames.Facts.ModelVersion, version);
        facts.Add(TelemetryNames.Facts.ModelAlias, route?.Alias);
        facts.Add(TelemetryNames.Facts.Arm, route?.Arm);
        facts.Add(TelemetryNames.Facts.FallbackFor, route?.FallbackFor);
        if (attempt is not null)
        {
            facts.Add(TelemetryNames.Facts.StaleShare, attempt.Features?.StaleShare is { } share ? Math.Round(share, 6) : null);
            facts.Add(TelemetryNames.Facts.Rows, attempt.Request.Rows);
            foreach (var (stage, took) in attempt.Stages.Took)
            {
                facts.Add(TelemetryNames.Facts.StepSeconds[stage], Math.Round(took.TotalSeconds, 6));
            }
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.PredictionAnswered, Level = LogLevel.Debug,
        Message = "Model {Model} version {ModelVersion} (alias {ModelAlias}) answered {Rows} rows, the first is prediction {PredictionId}, in {LatencyMs:F3} ms")]
    private partial void LogCompleted(string model, string modelVersion, string? modelAlias, int rows, string predictionId, double latencyMs);

    [LoggerMessage(EventName = TelemetryNames.Events.PredictionFailed, Level = LogLevel.Information, Message = "A request to model {Model} failed: {Code}, after {LatencyMs:F3} ms")]
    private partial void LogFailed(string model, string code, double latencyMs);
}
