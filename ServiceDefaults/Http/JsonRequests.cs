using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.Http;

/// <summary>Bodies that are read by the strict JSON of a type, where ASP.NET Core's own binding would read them by the service's.</summary>
public static class JsonRequests
{
    /// <summary>The body as JSON.</summary>
    /// <exception cref="ServiceError">InvalidArgument: it is <c>null</c>.</exception>
    /// <exception cref="BadHttpRequestException">It is not JSON, or not of the type's form; inside is what was wrong.</exception>
    public static async Task<T> ReadJsonAsync<T>(this HttpRequest request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(request.Body, type, cancellationToken) ?? throw new ServiceError(ErrorCode.InvalidArgument, "must be an object", "body");
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException("The body is not of this form.", StatusCodes.Status400BadRequest, e);
        }
    }
}
