using Microsoft.AspNetCore.Http.Metadata;

namespace MlAspire.Gateway.Limits;

/// <summary>The largest body that a route takes, in bytes.</summary>
internal sealed class BodyLimit(long bytes) : IRequestSizeLimitMetadata
{
    public long? MaxRequestBodySize => bytes;
}
