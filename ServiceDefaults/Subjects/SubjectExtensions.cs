using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MlAspire.ServiceDefaults.Configuration;
using OpenTelemetry.Trace;

namespace MlAspire.ServiceDefaults.Subjects;

/// <summary>Registers what knows whose request it is.</summary>
internal static class SubjectExtensions
{
    public static void AddSubjects(this IHostApplicationBuilder builder)
    {
        builder.AddCheckedOptions<PseudonymOptions, PseudonymOptionsValidator>("Pseudonyms", (from, options, how) => from.Bind(options, how));
        builder.Services.AddSingleton<Pseudonyms>();
        builder.Services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddProcessor(new SubjectSpanProcessor()));
    }
}
