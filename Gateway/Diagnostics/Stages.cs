using System.Diagnostics;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Diagnostics;

/// <summary>The stages of one request, one after the other: each runs inside its span and its histogram, both of the stage's name.</summary>
internal sealed class Stages(GatewayMetrics metrics, TimeProvider time, string model)
{
    private readonly List<KeyValuePair<string, TimeSpan>> took = [];

    /// <summary>How long the stages took that are over, in their order.</summary>
    public IReadOnlyList<KeyValuePair<string, TimeSpan>> Took => took;

    public async Task<T> RunAsync<T>(string name, Func<Task<T>> work)
    {
        using var span = GatewayMetrics.Spans.StartActivity(name);
        span?.SetTag(TelemetryNames.Attributes.ModelName, model);
        var started = time.GetTimestamp();
        var outcome = "ok";
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            outcome = OutcomeOf(e);
            span?.SetTag(TelemetryNames.Attributes.ErrorType, outcome);
            span?.SetStatus(ActivityStatusCode.Error);
            throw;
        }
        finally
        {
            took.Add(new(name, time.GetElapsedTime(started)));
            metrics.Stage(name, model, took[^1].Value, outcome);
        }
    }

    public Task<T> RunAsync<T>(string name, Func<T> work) => RunAsync(name, () => Task.FromResult(work()));

    private static string OutcomeOf(Exception exception) => ErrorMapping.Of(ErrorMapping.FromException(exception, callerGone: false).Code).Wire;
}
