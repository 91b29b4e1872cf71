using MlAspire.FeatureStore.Registry;

RegistryFile.Read("features.json");
