using Microsoft.AspNetCore.Http;

namespace MlAspire.ServiceDefaults.Columns;

/// <summary>Which form a request has, and wants its answer in.</summary>
public static class ColumnsRequests
{
    /// <summary>The body is columns in bytes.</summary>
    public static bool HasColumns(this HttpRequest request) => request.ContentType?.StartsWith(Column.ContentType, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The answer may have this type.</summary>
    public static bool Accepts(this HttpRequest request, string type) => request.Headers.Accept.ToString().Contains(type, StringComparison.OrdinalIgnoreCase);

    /// <summary>The whole body; no memory is taken before its bytes are there.</summary>
    public static async Task<byte[]> ReadBytesAsync(this HttpRequest request, CancellationToken cancellationToken)
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, cancellationToken);
        return buffer.ToArray();
    }
}
