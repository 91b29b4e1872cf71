namespace MlAspire.V2Conformance;

/// <summary>The ways in which a tensor travels in V2.</summary>
public static class TransportNames
{
    /// <summary>The two wires, for calls without tensors.</summary>
    public const string Rest = "REST";
    public const string Grpc = "gRPC";

    public const string RestJson = "REST JSON";
    public const string RestBinary = "REST binary";
    public const string GrpcContents = "gRPC contents";
    public const string GrpcRaw = "gRPC raw";

    /// <summary>The first tensor binary, the second JSON, and so on.</summary>
    public const string RestMixed = "REST mixed";

    /// <summary>JSON, compressed both ways.</summary>
    public const string RestGzip = "REST JSON gzip";

    /// <summary>Binary, compressed both ways.</summary>
    public const string RestDeflate = "REST binary deflate";

    /// <summary>The bytes of the only input and nothing else.</summary>
    public const string RestRaw = "REST raw";

    /// <summary>The four that are different forms of a tensor.</summary>
    public static IReadOnlyList<string> All { get; } = [RestJson, RestBinary, GrpcContents, GrpcRaw];

    /// <summary>With the forms of REST that mix or compress those of <paramref name="forms"/>.</summary>
    public static IEnumerable<string> WithVariants(IReadOnlyList<string> forms)
    {
        var (json, binary) = (forms.Contains(RestJson), forms.Contains(RestBinary));
        return [.. forms, .. json && binary ? [RestMixed] : Array.Empty<string>(), .. json ? [RestGzip] : Array.Empty<string>(), .. binary ? [RestDeflate] : Array.Empty<string>()];
    }
}
