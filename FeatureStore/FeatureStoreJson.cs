using System.Text.Json.Serialization;
using MlAspire.FeatureStore.Feast;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Quarantine;

namespace MlAspire.FeatureStore;

/// <summary>The bodies of our routes; names in snake_case.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(OnlineFeaturesRequest))]
[JsonSerializable(typeof(OnlineFeaturesResponse))]
[JsonSerializable(typeof(OnlineFeaturesHeader))]
[JsonSerializable(typeof(GetOnlineFeaturesRequest))]
[JsonSerializable(typeof(GetOnlineFeaturesResponse))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(WriteToOnlineStoreRequest))]
[JsonSerializable(typeof(MaterializeRequest))]
[JsonSerializable(typeof(MaterializeIncrementalRequest))]
[JsonSerializable(typeof(MaterializeAccepted))]
[JsonSerializable(typeof(MaterializeConflict))]
[JsonSerializable(typeof(PushRequest))]
[JsonSerializable(typeof(PushResponse))]
[JsonSerializable(typeof(ProducerResponse))]
[JsonSerializable(typeof(QuarantinedRow))]
[JsonSerializable(typeof(QuarantineResponse))]
internal sealed partial class FeatureStoreJson : JsonSerializerContext
{
    public static void AddTo(IServiceCollection services) => services.ConfigureHttpJsonOptions(http =>
    {
        http.SerializerOptions.TypeInfoResolverChain.Insert(0, Default);
        http.SerializerOptions.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.SnakeCaseLower;
        http.SerializerOptions.AllowDuplicateProperties = false;
    });
}
