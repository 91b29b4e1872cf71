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
            var (header, rows, columns) = OnlineFeaturesColumns.Of(answer);
            response.ContentLength = ColumnsWriter.LengthOf(header, columns); // else it would be framed in chunks of a memory block, and its end would come behind the request's line
            ColumnsWriter.Write(response.BodyWriter, header, rows, columns);
            await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
        }
        else
        {
            await response.WriteAsJsonAsync(answer, FeatureStoreJson.Default.OnlineFeaturesResponse, cancellationToken: httpContext.RequestAborted);
        }
    }
}
