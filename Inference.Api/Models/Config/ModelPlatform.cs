namespace MlAspire.Inference.Api.Models.Config;

/// <summary>Triton's names for what runs the models.</summary>
internal static class ModelPlatform
{
    public const string Name = "onnxruntime_onnx";
    public const string DefaultModelFilename = "model.onnx";
    public const string Backend = "onnxruntime";
}
