namespace MlAspire.AppHost;

/// <summary>Keys of a deployment. On this machine everyone may predict, push and label, so that the first request needs nothing; what is published starts closed.</summary>
internal static class PublishedAccess
{
    /// <summary>When publishing: who predicts needs the key of parameter <c>client-key</c>; further ones are <c>Access__Keys__NAME__Sha256</c> and <c>__Scopes</c>.</summary>
    public static IResourceBuilder<ProjectResource> WithClientKey(this IResourceBuilder<ProjectResource> gateway) => gateway.ApplicationBuilder.ExecutionContext.IsRunMode ? gateway :
        gateway.WithEnvironment("Access__Anonymous", "")
            .WithEnvironment("Access__Keys__client__Secret", gateway.ApplicationBuilder.AddKey("client-key")).WithEnvironment("Access__Keys__client__Scopes", "predict");

    /// <summary>When publishing: who writes features needs the key of parameter <c>producer-key</c>.</summary>
    public static IResourceBuilder<ProjectResource> WithProducerKey(this IResourceBuilder<ProjectResource> featureStore) => featureStore.ApplicationBuilder.ExecutionContext.IsRunMode ? featureStore :
        featureStore.WithEnvironment("Access__Keys__producer__Secret", featureStore.ApplicationBuilder.AddKey("producer-key"));

    /// <summary>When publishing: who says what really happened needs the key of parameter <c>feedback-key</c>.</summary>
    public static IResourceBuilder<ProjectResource> WithFeedbackKey(this IResourceBuilder<ProjectResource> monitoring) => monitoring.ApplicationBuilder.ExecutionContext.IsRunMode ? monitoring :
        monitoring.WithEnvironment("Access__Keys__feedback__Secret", monitoring.ApplicationBuilder.AddKey("feedback-key"));

    /// <summary>A secret parameter, generated where none is given, as long as an API key must be.</summary>
    public static IResourceBuilder<ParameterResource> AddKey(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddParameter(name, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true);
}
