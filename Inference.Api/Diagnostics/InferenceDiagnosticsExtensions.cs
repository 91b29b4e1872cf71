namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>Registers what watches the requests.</summary>
internal static class InferenceDiagnosticsExtensions
{
    public static void AddInferenceDiagnostics(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<InferenceMetrics>();
        builder.Services.AddSingleton<InferenceScopes>();
        builder.Services.AddSingleton<TritonMetrics>();
    }
}
