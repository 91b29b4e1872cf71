namespace MlAspire.Inference.Api.Protocol;

/// <summary>The header, on gRPC the trailer, of an inference that failed: the version that was to answer it, <c>model-version: 3</c>. It is not there when no version was found. An answer says its version itself.</summary>
internal static class ModelVersionHeader
{
    public const string Name = "model-version";
}
