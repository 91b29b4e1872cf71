using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;

namespace MlAspire.FeatureStore.Rest;

/// <summary>A JSON body under any content type, or none: Feast's own examples are <c>curl -d '{...}'</c>, which says it is a form.</summary>
internal sealed record JsonBody<T>(T Value) : IEndpointParameterMetadataProvider
{
    /// <exception cref="BadHttpRequestException">400: there is no body, or it is not JSON of this shape; 413: it is larger than the route takes.</exception>
    public static async ValueTask<JsonBody<T>?> BindAsync(HttpContext context)
    {
        try
        {
            var type = FeatureStoreJson.Default.GetTypeInfo(typeof(T)) ?? throw new InvalidOperationException($"{typeof(T).Name} is not in {nameof(FeatureStoreJson)}.");
            var value = await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted);
            return value is T body ? new JsonBody<T>(body) : throw new JsonException("null is not a body", "$", 0, 0);
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException("The body is not JSON of the expected shape.", e);
        }
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) => builder.Metadata.Add(new AnyContentType());

    private sealed class AnyContentType : IAcceptsMetadata
    {
        public IReadOnlyList<string> ContentTypes => [];
        public Type? RequestType => typeof(T);
        public bool IsOptional => false;
    }
}
