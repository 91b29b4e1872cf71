namespace MlAspire.V2Conformance;

/// <summary>The server the ONNX standard's cases run against.</summary>
public sealed class OnnxNodeServer() : ServerUnderTest(OnnxNodeCase.WriteModels);
