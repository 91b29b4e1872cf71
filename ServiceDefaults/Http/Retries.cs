using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.Extensions.Http.Resilience;
using MlAspire.ServiceDefaults.Telemetry;
using Polly;
using Polly.Retry;

namespace MlAspire.ServiceDefaults.Http;

/// <summary>Whether a call to one service is sent once more: a failure that may pass, of a request that may be repeated, with time left and within the budget. Counts what it decides.</summary>
internal sealed class Retries
{
    /// <summary>From a failure to the retry, on average; the real one is random around it, so that callers that failed together do not come back together.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);

    private readonly string service;
    private readonly CallBudget budget;
    private readonly Counter<long> retries;

    public Retries(string service, ServiceClientOptions options, IMeterFactory meters)
    {
        this.service = service;
        budget = new(options.RetryShare, options.RetryBurst);
        retries = meters.Create(TelemetryNames.Sources.ServiceDefaults).CreateCounter<long>(TelemetryNames.Metrics.ClientRetries, "{retry}", "Calls to our own services that failed and were, or were not, sent once more.");
    }

    public ValueTask<bool> DecideAsync(RetryPredicateArguments<HttpResponseMessage> failed)
    {
        if (failed.AttemptNumber > 0)
        {
            return ValueTask.FromResult(false);
        }

        budget.Earn();
        if (!IsTransient(failed) || (failed.Outcome.Result?.RequestMessage ?? failed.Context.GetRequestMessage()) is not { } request || !request.MayRepeat())
        {
            return ValueTask.FromResult(false);
        }

        var outcome = request.TimeLeft() < 2 * Delay ? "too_late" : budget.TryTake() ? "sent" : "over_budget";
        retries.Add(1, new TagList { { TelemetryNames.Attributes.PeerService, service }, { TelemetryNames.Attributes.Outcome, outcome } });
        return ValueTask.FromResult(outcome == "sent");
    }

    /// <summary>A service that says that it has too many requests is not sent another one.</summary>
    private static bool IsTransient(RetryPredicateArguments<HttpResponseMessage> failed) =>
        HttpClientResiliencePredicates.IsTransient(failed.Outcome) && failed.Outcome.Result?.StatusCode != HttpStatusCode.TooManyRequests;
}
