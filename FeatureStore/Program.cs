using MlAspire.FeatureStore;

if (args is ["features", .. var features])
{
    return await FeaturesCommand.RunAsync(features, CancellationToken.None);
}

await using var app = FeatureStoreApp.Build(args);
await app.RunAsync();
return 0;
