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

    /// <summary>Counts inference requests that no handler got. After <c>MapDefaultEndpoints</c>, which answers what they throw.</summary>
    public static void UseInferenceDiagnostics(this IApplicationBuilder app) => app.UseMiddleware<UnreadInferenceMiddleware>();
}
