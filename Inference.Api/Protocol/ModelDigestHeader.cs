namespace MlAspire.Inference.Api.Protocol;

/// <summary>The header, on gRPC the metadata, of each inference answer that says which bytes answered: <c>model-digest: sha256:</c> and 64 hex digits.</summary>
internal static class ModelDigestHeader
{
    public const string Name = "model-digest";
}
