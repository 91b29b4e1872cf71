using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Cache;
using MlAspire.FeatureStore.Feast;
using MlAspire.FeatureStore.Rest;
using MlAspire.ServiceDefaults.Columns;
using MlAspire.ServiceDefaults.Configuration;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.OpenApi;
using MlAspire.ServiceDefaults.Redis;

namespace MlAspire.FeatureStore.Online;

/// <summary>The batch read.</summary>
internal static class OnlineFeaturesEndpoints
{
    private const int MaxBodyBytes = 1024 * 1024;
    private const string Columns = "The same as columns of bytes (docs/columns.md).";

    public static void AddOnlineFeatures(this IHostApplicationBuilder builder)
    {
        builder.AddRedisConnection();
        builder.AddCheckedOptions<RedisOptions, RedisOptionsValidator>(RedisOptions.Section, (from, options, how) => from.Bind(options, how));
        builder.Services.AddSingleton<RedisCommands>().AddSingleton<RedisOnlineStore>().AddSingleton<FeastOnlineStore>().AddSingleton<OnlineFeatures>();
        builder.Services.AddSingleton<Invalidations>().AddHostedService(services => services.GetRequiredService<Invalidations>());
        builder.Services.AddSingleton<SourceTimes>().AddHostedService(services => services.GetRequiredService<SourceTimes>());
        builder.Services.AddSingleton<IOnlineStore>(services => services.GetRequiredService<IOptions<RedisOptions>>().Value switch
        {
            { Layout: RedisLayout.Feast } => services.GetRequiredService<FeastOnlineStore>(),
            { CacheBytes: > 0 } => ActivatorUtilities.CreateInstance<CachedOnlineStore>(services, services.GetRequiredService<RedisOnlineStore>()),
            _ => services.GetRequiredService<RedisOnlineStore>(),
        });
    }

    public static void MapOnlineFeatures(this IEndpointRouteBuilder routes) => routes
        .MapPost("/v1/features/online", async (OnlineFeaturesBody body, OnlineFeatures features, HttpContext context, CancellationToken cancellationToken) =>
            new OnlineFeaturesResult(await features.ReadAsync(body.Request, context.Features.Get<Deadline>(), cancellationToken)))
        .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes)).WithTags("features").WithSummary("Reads the features of a service for some rows, each at its own moment")
        .TakesBody(typeof(OnlineFeaturesRequest)).TakesToo(Column.ContentType, Columns).Produces<OnlineFeaturesResponse>().AnswersToo(Column.ContentType, Columns)
        .WithExample("""{"feature_service": "flight_delay", "entities": {"origin": ["ATL"], "destination": ["LGA"]}, "event_times": ["2001-02-24T14:30:00-05:00"]}""")
        .FailsWith(ErrorCode.InvalidArgument, ErrorCode.NotFound, ErrorCode.PayloadTooLarge, ErrorCode.Unavailable, ErrorCode.DeadlineExceeded);
}
