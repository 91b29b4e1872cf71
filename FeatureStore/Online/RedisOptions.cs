using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.FeatureStore.Online;

/// <summary>Section <c>Redis</c>. Which server it is says the connection string <c>redis</c>.</summary>
public sealed class RedisOptions : IValidatableObject
{
    public const string Section = "Redis";

    /// <summary>Milliseconds that one command may take before the request fails as unavailable; 10 to 60,000, default 2,000.</summary>
    [Range(10, 60_000)]
    public int CommandTimeoutMilliseconds { get; init; } = 2_000;

    /// <summary>Begins every key, so that several stores (tenants) share a Redis and one ACL rule <c>~PREFIX*</c> keeps them apart; up to 64 letters, digits and <c>. _ - :</c>, default none. Another prefix is another, empty store.</summary>
    [RegularExpression("[A-Za-z0-9._:-]{0,64}")]
    public string KeyPrefix { get; init; } = "";

    /// <summary>How rows are kept: Packed (the default), or Feast, with which other servers than ours read and write them; then no <see cref="KeyPrefix"/>. Rows of the other layout are not seen.</summary>
    [EnumDataType(typeof(RedisLayout))]
    public RedisLayout Layout { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Layout == RedisLayout.Feast && KeyPrefix.Length > 0) { yield return new ValidationResult("Redis:KeyPrefix must be empty where Redis:Layout is Feast, which has none.", [nameof(KeyPrefix)]); }
    }
}

[OptionsValidator]
internal sealed partial class RedisOptionsValidator : IValidateOptions<RedisOptions>;
