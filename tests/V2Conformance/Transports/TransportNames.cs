namespace MlAspire.V2Conformance;

/// <summary>The four ways in which a tensor travels in V2.</summary>
public static class TransportNames
{
    public const string RestJson = "REST JSON";
    public const string RestBinary = "REST binary";
    public const string GrpcContents = "gRPC contents";
    public const string GrpcRaw = "gRPC raw";

    public static IReadOnlyList<string> All { get; } = [RestJson, RestBinary, GrpcContents, GrpcRaw];
}
