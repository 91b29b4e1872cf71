using Microsoft.Extensions.Options;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>Registers ONNX Runtime.</summary>
internal static class OnnxExtensions
{
    public static void AddOnnx(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<OnnxOptions>().BindConfiguration(OnnxOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<OnnxOptions>, OnnxOptionsValidator>();
        builder.Services.AddSingleton<SessionOptionsFactory>();
    }
}
