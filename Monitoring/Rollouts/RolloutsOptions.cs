using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Monitoring.Rollouts;

/// <summary>Section <c>Rollouts</c>: how an automatic canary is judged.</summary>
public sealed class RolloutsOptions
{
    /// <summary>Key of the gateway with the scopes <c>audit.read</c> and <c>rollout</c>; default empty = no canary is judged.</summary>
    public string GatewayKey { get; set; } = "";

    /// <summary>Failed requests more, as a share of all, from which a canary is bad: 0.0001 to 0.5; default 0.01.</summary>
    [Range(0.0001, 0.5)]
    public double MaxErrorRateIncrease { get; set; } = 0.01;

    /// <summary>Typical latency more, as a share of the champion's, from which a canary is bad: 0.01 to 10; default 0.3.</summary>
    [Range(0.01, 10)]
    public double MaxLatencyIncrease { get; set; } = 0.3;

    /// <summary>Area under the ROC curve less, from which a canary is bad: 0.001 to 0.5; default 0.02. Null (empty): quality is not judged, where nobody reports what happened.</summary>
    [Range(0.001, 0.5)]
    public double? MaxAucDecrease { get; set; } = 0.02;

    /// <summary>Probability that a canary as good as its champion is rolled back, at most: 0.0001 to 0.1; default 0.01.</summary>
    [Range(0.0001, 0.1)]
    public double FalseRollBacks { get; set; } = 0.01;

    /// <summary>Probability that a bad canary is promoted, at most: 0.0001 to 0.1; default 0.01.</summary>
    [Range(0.0001, 0.1)]
    public double FalsePromotions { get; set; } = 0.01;

    /// <summary>Time after which a canary that is not judged yet is paused, 1 min to 30 days; default a day.</summary>
    [TimeRange("00:01:00", "30.00:00:00")]
    public TimeSpan Horizon { get; set; } = TimeSpan.FromDays(1);
}

[OptionsValidator]
internal sealed partial class RolloutsOptionsValidator : IValidateOptions<RolloutsOptions>;
