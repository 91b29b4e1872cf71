using System.Diagnostics.Metrics;
using MlAspire.ServiceDefaults.Configuration;

namespace MlAspire.Inference.Api.Diagnostics;

/// <summary>Registers what watches the requests.</summary>
internal static class InferenceDiagnosticsExtensions
{
    public static void AddInferenceDiagnostics(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<InferenceMetrics>();
        builder.Services.AddSingleton<ResidencyMetrics>();
        builder.Services.AddSingleton<InferenceScopes>();
        builder.Services.AddSingleton<TritonMetrics>();
        builder.Services.AddSingleton<QueueMetrics>();
        builder.AddCheckedOptions<DiagnosticsOptions, DiagnosticsOptionsValidator>(DiagnosticsOptions.Section, (from, options, how) => from.Bind(options, how));
        builder.Services.AddSingleton<TritonSummaries>();
        builder.Services.AddSingleton<UsageMetrics>();
        builder.Services.AddSingleton(services => new CpuMetrics(services.GetRequiredService<IMeterFactory>(), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton(services => new GpuMetrics(services.GetRequiredService<IMeterFactory>(), Nvml.TryOpen()));
    }

    /// <summary>Makes the instruments that are asked, not told: they exist from now on.</summary>
    public static void UseObservedMetrics(this IHost app)
    {
        app.Services.GetRequiredService<TritonMetrics>();
        app.Services.GetRequiredService<QueueMetrics>();
        app.Services.GetRequiredService<CpuMetrics>();
        app.Services.GetRequiredService<GpuMetrics>();
    }

    /// <summary>Counts the inferences that no handler got. After <c>MapDefaultEndpoints</c>, which answers what they throw.</summary>
    public static void UseInferenceDiagnostics(this IApplicationBuilder app) => app.UseMiddleware<InferenceRequestMiddleware>();
}
