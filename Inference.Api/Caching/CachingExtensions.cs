using System.IO.Hashing;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Inference.Api.Caching;

/// <summary>Registers the response cache.</summary>
internal static class CachingExtensions
{
    public static void AddResponseCache(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<ResponseCacheOptions, ResponseCacheOptionsValidator>(ResponseCacheOptions.Section, (from, options, how) => from.Bind(options, how));
        builder.Services.AddSingleton(services => new ResponseCache(services.GetRequiredService<IOptions<ResponseCacheOptions>>().Value, static key => XxHash128.HashToUInt128(key)));
    }
}
