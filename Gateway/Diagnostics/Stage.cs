using System.Diagnostics;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Diagnostics;

/// <summary>Runs one stage of a prediction inside its span and its histogram, both of the stage's name.</summary>
internal sealed class Stage(GatewayMetrics metrics, TimeProvider time)
{
    public async Task<T> RunAsync<T>(string name, string model, Func<Task<T>> work)
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
            metrics.Stage(name, model, time.GetElapsedTime(started), outcome);
        }
    }

    public Task<T> RunAsync<T>(string name, string model, Func<T> work) => RunAsync(name, model, () => Task.FromResult(work()));

    public static string OutcomeOf(Exception exception) => ErrorMapping.Of(ErrorMapping.FromException(exception, callerGone: false).Code).Wire;
}
