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

    /// <summary>Begins every key, so that several stores (tenants) share a Redis and one ACL rule <c>~PREFIX*</c> keeps them apart; up to 64 letters, digits and <c>. _ - :</c>, default none. Another prefix is another, empty store.</summary>
    [RegularExpression("[A-Za-z0-9._:-]{0,64}")]
    public string KeyPrefix { get; init; } = "";
}

[OptionsValidator]
internal sealed partial class RedisOptionsValidator : IValidateOptions<RedisOptions>;
