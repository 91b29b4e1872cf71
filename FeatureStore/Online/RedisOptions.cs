using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.FeatureStore.Online;

/// <summary>Section <c>Redis</c>. Which server it is says the connection string <c>redis</c>.</summary>
public sealed class RedisOptions
{
    public const string Section = "Redis";

    /// <summary>Milliseconds that one command may take before the request fails as unavailable; 10 to 60,000, default 2,000.</summary>
    [Range(10, 60_000)]
    public int CommandTimeoutMilliseconds { get; init; } = 2_000;
}

[OptionsValidator]
internal sealed partial class RedisOptionsValidator : IValidateOptions<RedisOptions>;
