using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Inference.Api.Onnx;

/// <summary>Registers ONNX Runtime.</summary>
internal static class OnnxExtensions
{
    public static void AddOnnx(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<OnnxOptions, OnnxOptionsValidator>(OnnxOptions.Section, (from, options, how) => from.Bind(options, how));
        builder.Services.AddSingleton<SessionOptionsFactory>();
        builder.Services.AddSingleton<ExecutionProviders>();
    }
}
