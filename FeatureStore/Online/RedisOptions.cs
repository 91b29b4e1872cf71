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

    /// <summary>Bytes of rows and tiles that are kept in memory until they are written; 1,000,000 to 64,000,000,000, or 0, the default: none are. When it is full, a twentieth goes, the least recently read first.</summary>
    [Range(0, 64_000_000_000)]
    public long CacheBytes { get; init; }

    /// <summary>Milliseconds after which what was written is seen, though it was kept before; 20 to 60,000, default 1,000. For so long the replica goes without hearing of writes before it keeps nothing.</summary>
    [Range(20, 60_000)]
    public int CacheStalenessMilliseconds { get; init; } = 1_000;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CacheBytes is > 0 and < 1_000_000)
        {
            yield return new ValidationResult("Redis:CacheBytes must be 0 or at least 1000000.", [nameof(CacheBytes)]);
        }
        if (Layout == RedisLayout.Feast && CacheBytes > 0)
        {
            yield return new ValidationResult("Redis:CacheBytes must be 0 where Redis:Layout is Feast: what other servers write is not told.", [nameof(CacheBytes)]);
        }
        if (Layout == RedisLayout.Feast && KeyPrefix.Length > 0)
        {
            yield return new ValidationResult("Redis:KeyPrefix must be empty where Redis:Layout is Feast, which has none.", [nameof(KeyPrefix)]);
        }
    }
}

[OptionsValidator]
internal sealed partial class RedisOptionsValidator : IValidateOptions<RedisOptions>;
