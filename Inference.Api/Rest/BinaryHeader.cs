using System.Globalization;
using MlAspire.Inference.Api.Serving;

namespace MlAspire.Inference.Api.Rest;

/// <summary>The header of the binary tensor extension: how many bytes of the (decompressed) body are JSON.</summary>
internal static class BinaryHeader
{
    public const string Name = "Inference-Header-Content-Length";

    /// <summary>The bytes of JSON, as far as the header can be believed before the body is there; 0 when it cannot.</summary>
    public static int Announced(HttpRequest request) => int.TryParse(request.Headers[Name].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : 0;

    /// <returns>Null when the header is not there: the body is all JSON.</returns>
    /// <exception cref="ServiceDefaults.Errors.ServiceError">InvalidArgument: not a number in [0, <paramref name="bodyBytes"/>].</exception>
    public static int? Read(HttpRequest request, int bodyBytes)
    {
        if (!request.Headers.TryGetValue(Name, out var value))
        {
            return null;
        }

        return int.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes <= bodyBytes ? bytes
            : throw TensorCheck.Invalid($"must be a number from 0 to the {bodyBytes} bytes of the body", Name);
    }
}
