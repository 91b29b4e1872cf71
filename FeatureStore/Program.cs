using MlAspire.FeatureStore;
using MlAspire.FeatureStore.PointInTime;

if (args is ["features", .. var features])
{
    return FeaturesCommand.Run(features);
}

await using var app = FeatureStoreApp.Build(args);
await app.RunAsync();
return 0;
