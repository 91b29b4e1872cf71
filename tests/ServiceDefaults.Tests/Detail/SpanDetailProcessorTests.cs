using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.ServiceDefaults.Detail;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace MlAspire.ServiceDefaults.Tests.Detail;

public sealed class SpanDetailProcessorTests : IDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ActivitySource source = new(Guid.NewGuid().ToString());
    private readonly List<string> exported = [];
    private readonly RecordedMetrics metrics;
    private readonly TracerProvider provider;

    public SpanDetailProcessorTests()
    {
        var meters = services.GetRequiredService<IMeterFactory>();
        metrics = new RecordedMetrics(meters);
        var flow = new TelemetryFlow(meters).Of(TelemetryFlow.Spans, TelemetryFlow.Otlp);
        provider = Sdk.CreateTracerProviderBuilder().AddSource(source.Name)
            .AddProcessor(new SpanDetailProcessor(new SimpleActivityExportProcessor(new CountedExporter<Activity>(new Exporter(exported), 0, flow)), flow)).Build();
    }

    public void Dispose()
    {
        provider.Dispose();
        source.Dispose();
        metrics.Dispose();
        services.Dispose();
    }

    [Fact]
    public void Spans_of_a_request_are_held_until_it_is_kept_and_then_come_in_their_order_and_at_once()
    {
        var detail = new RequestDetail(8);
        using var server = source.StartActivity("server");
        detail.Enter(server);
        Run("first");
        using (source.StartActivity("outer"))
        {
            Run("inner");
        }

        Assert.Empty(exported);
        detail.Keep("error");
        Assert.Equal(["first", "inner", "outer"], exported);
        Run("later");
        server!.Dispose();
        Assert.Equal(["first", "inner", "outer", "later", "server"], exported);
        Assert.Equal((5, 5, 0, 0), Flow());
    }

    [Fact]
    public void Spans_of_a_request_that_is_not_worth_it_are_counted_and_gone()
    {
        var detail = new RequestDetail(8);
        using (var server = source.StartActivity("server"))
        {
            detail.Enter(server);
            Run("first");
            detail.Discard();
            Run("later");
        }

        Assert.Empty(exported);
        Assert.Equal((3, 0, 3, 0), Flow());
    }

    [Fact]
    public void Of_more_than_are_held_the_oldest_are_dropped()
    {
        var detail = new RequestDetail(2);
        using var server = source.StartActivity("server");
        detail.Enter(server);
        Run("1");
        Run("2");
        Run("3");
        detail.Keep("slow");

        Assert.Equal(["2", "3"], exported);
        Assert.Equal((3, 2, 0, 1), Flow());
    }

    [Fact]
    public void A_span_of_no_request_is_exported_at_once_and_one_that_is_not_recorded_never()
    {
        Run("job");
        using (source.StartActivity("unrecorded", ActivityKind.Internal, new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None)))
        {
        }

        Assert.Equal(["job"], exported);
        Assert.Equal((1, 1, 0, 0), Flow());
    }

    private void Run(string name) => source.StartActivity(name)!.Dispose();

    private (double Produced, double Exported, double Sampled, double Dropped) Flow() =>
        (Of("telemetry.produced"), Of("telemetry.exported"), Of("telemetry.sampled"), Of("telemetry.dropped"));

    private double Of(string name) => metrics.Now(name, ("signal", "spans"), ("sink", "otlp"));

    private sealed class Exporter(List<string> exported) : BaseExporter<Activity>
    {
        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var span in batch)
            {
                exported.Add(span.DisplayName);
            }

            return ExportResult.Success;
        }
    }
}
