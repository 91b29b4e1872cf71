using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.FeatureStore.Rest;

/// <summary>A JSON body under any content type, or none: Feast's own examples are <c>curl -d '{...}'</c>, which says it is a form. One that cannot be read fails when it is asked for, where a filter of the route sees it.</summary>
internal sealed class JsonBody<T> : IEndpointParameterMetadataProvider
{
    private readonly T? value;
    private readonly BadHttpRequestException? failure;

    private JsonBody(T? value, BadHttpRequestException? failure) => (this.value, this.failure) = (value, failure);

    /// <exception cref="BadHttpRequestException">400: there is no body, or it is not JSON of this shape; 413: it is larger than the route takes.</exception>
    public T Value => failure is null ? value! : throw failure;

    public static async ValueTask<JsonBody<T>?> BindAsync(HttpContext context)
    {
        try
        {
            var type = FeatureStoreJson.Default.GetTypeInfo(typeof(T)) ?? throw new InvalidOperationException($"{typeof(T).Name} is not in {nameof(FeatureStoreJson)}.");
            var value = await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted);
            return value is T body ? new JsonBody<T>(body, null) : throw new JsonException("null is not a body", "$", 0, 0);
        }
        catch (JsonException e)
        {
            return new JsonBody<T>(default, new BadHttpRequestException("The body is not JSON of the expected shape.", e));
        }
        catch (BadHttpRequestException e)
        {
            return new JsonBody<T>(default, e);
        }
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) => builder.Metadata.Add(new BodyForm(typeof(T), "application/json", IsOptional: false));
}
