using MlAspire.FeatureStore.Online;
using MlAspire.ServiceDefaults.Columns;

namespace MlAspire.FeatureStore.Rest;

/// <summary>An answer in the form that the request accepts, written straight to the response.</summary>
internal sealed class OnlineFeaturesResult(OnlineFeaturesResponse answer) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        if (httpContext.Request.Accepts(Column.ContentType))
        {
            response.ContentType = Column.ContentType;
            OnlineFeaturesColumns.Write(answer, response.BodyWriter);
            await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
        }
        else
        {
            await response.WriteAsJsonAsync(answer, FeatureStoreJson.Default.OnlineFeaturesResponse, cancellationToken: httpContext.RequestAborted);
        }
    }
}
