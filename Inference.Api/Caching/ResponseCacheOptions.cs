using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace MlAspire.Inference.Api.Caching;

/// <summary>How much the response cache of all models together may hold; a model uses it when its config says <c>response_cache { enable: true }</c>. Section <c>ResponseCache</c>.</summary>
public sealed class ResponseCacheOptions
{
    public const string Section = "ResponseCache";

    /// <summary>Bytes of requests and answers; [1024, 2^40], default 64 MiB. When full, what was used the longest ago goes; an answer that is larger alone is not kept.</summary>
    [Range(1024, 1L << 40)]
    public long MaxBytes { get; set; } = 64 << 20;

    /// <summary>Answers; [1, 10,000,000], default 100,000. When full, what was used the longest ago goes.</summary>
    [Range(1, 10_000_000)]
    public int MaxEntries { get; set; } = 100_000;
}

/// <summary>Checks <see cref="ResponseCacheOptions"/> at start.</summary>
[OptionsValidator]
internal sealed partial class ResponseCacheOptionsValidator : IValidateOptions<ResponseCacheOptions>;
