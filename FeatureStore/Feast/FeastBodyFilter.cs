namespace MlAspire.FeatureStore.Feast;

/// <summary>Makes a body that cannot be read an error of Feast's, on the routes that are only Feast's.</summary>
internal sealed class FeastBodyFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (BadHttpRequestException e)
        {
            throw FeastError.Of(e);
        }
    }
}
