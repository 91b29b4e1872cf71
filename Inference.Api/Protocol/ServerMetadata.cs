namespace MlAspire.Inference.Api.Protocol;

/// <summary>The answer to a server metadata request.</summary>
/// <param name="Extensions">Only what this server really does, with the names Triton gave them.</param>
internal sealed record ServerMetadata(string Name, string Version, IReadOnlyList<string> Extensions);
