using MlAspire.FeatureStore.Online;
using MlAspire.ServiceDefaults.Columns;

namespace MlAspire.FeatureStore.Rest;

/// <summary>The body of a read, JSON or columns in bytes, as its content type says.</summary>
internal sealed record OnlineFeaturesBody(OnlineFeaturesRequest Request)
{
    /// <exception cref="BadHttpRequestException">400, 413, 415: as for any JSON body.</exception>
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: the bytes are no columns.</exception>
    public static async ValueTask<OnlineFeaturesBody?> BindAsync(HttpContext context)
    {
        if (context.Request.HasColumns())
        {
            return new OnlineFeaturesBody(OnlineFeaturesColumns.Read(await context.Request.ReadBytesAsync(context.RequestAborted)));
        }
        if (!context.Request.HasJsonContentType())
        {
            throw new BadHttpRequestException("The body is not JSON.", StatusCodes.Status415UnsupportedMediaType);
        }
        return await JsonBody<OnlineFeaturesRequest>.BindAsync(context) is { } json ? new OnlineFeaturesBody(json.Value) : null;
    }
}
