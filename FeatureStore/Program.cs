await using var app = MlAspire.FeatureStore.FeatureStoreApp.Build(args);
await app.RunAsync();
