using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace MlAspire.LocalFeed.OpenTelemetry.Instrumentation.AspNetCore.Tests;

[Collection("one at a time: every provider of the process hears every host")]
public sealed class MeterTests
{
    [Fact]
    public async Task Requests_are_measured_by_the_meters_of_the_framework()
    {
        var names = new Names();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation().AddReader(new BaseExportingMetricReader(names)));
        await using var app = builder.Build();
        app.MapGet("/", () => "x");
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        await client.GetAsync("/");
        app.Services.GetRequiredService<MeterProvider>().ForceFlush();

        Assert.Superset(new HashSet<string> { "http.server.active_requests", "kestrel.active_connections", "aspnetcore.routing.match_attempts" }, names.Seen);
    }

    private sealed class Names : BaseExporter<Metric>
    {
        public HashSet<string> Seen { get; } = [];

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                Seen.Add(metric.Name);
            }

            return ExportResult.Success;
        }
    }
}
