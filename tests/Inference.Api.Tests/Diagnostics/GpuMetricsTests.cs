using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.Inference.Api.Diagnostics;
using MlAspire.Testing;

namespace MlAspire.Inference.Api.Tests.Diagnostics;

public sealed class GpuMetricsTests
{
    [Fact]
    public void Every_GPU_has_its_figures_in_base_units_and_what_it_does_not_report_is_absent()
    {
        var measured = Measure(Nvml.TryOpen(NvmlLibrary.Function));

        foreach (var (name, first, second) in new (string, double?, double?)[]
        {
            ("hw.gpu.memory.usage", 5_000_000_000, 5_000_000_001), ("hw.gpu.memory.limit", 85_899_345_920, 85_899_345_920), ("hw.gpu.utilization", 0.37, 0.37), ("hw.power", 123.456, null), ("hw.energy", 9_876_543.21, 9_876_543.21),
            ("nv_gpu_memory_used_bytes", 5_000_000_000, 5_000_000_001), ("nv_gpu_memory_total_bytes", 85_899_345_920, 85_899_345_920), ("nv_gpu_utilization", 0.37, 0.37), ("nv_gpu_power_usage", 123.456, null),
            ("nv_gpu_power_limit", null, null), ("nv_energy_consumption", 9_876_543.21, 9_876_543.21),
        })
        {
            var id = name.StartsWith("hw", StringComparison.Ordinal) ? "hw.id" : "gpu_uuid";
            Assert.Equal((name, first, second), (name, Value("GPU-0"), Value("GPU-1")));
            double? Value(string uuid) => measured.SingleOrDefault(each => each.Instrument == name && Equals(each.Tags[id], uuid))?.Value;
        }

        var tags = measured.First(each => each.Instrument == "hw.gpu.memory.usage").Tags;
        Assert.Equal(("gpu", "NVIDIA H100", "NVIDIA"), (tags["hw.type"], tags["hw.model"], tags["hw.vendor"]));
    }

    [Fact]
    public void Without_a_GPU_they_are_absent_not_zero()
    {
        Assert.Null(Nvml.TryOpen(_ => 0));
        Assert.Null(Nvml.TryOpen(NvmlLibrary.WithoutDriver));
        Assert.Empty(Measure(nvml: null));
    }

    [Fact]
    public async Task The_queue_of_every_version_that_was_asked_is_shown_beside_Tritons_name()
    {
        await using var server = await InferenceServer.StartAsync(models => models.Add("queued", ModelFolder.Line).Add("not_queued", ModelFolder.Line));
        await server.PostAsync("/v2/models/queued/infer", """{"inputs":[]}""");

        var metrics = await server.Http.GetStringAsync("/metrics");

        Assert.Contains("ml_inference_queue_size{otel_scope_name=\"MlAspire.Inference\",ml_model_name=\"queued\",ml_model_version=\"1\"} 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains("nv_inference_pending_request_count{otel_scope_name=\"MlAspire.Inference\",model=\"queued\",version=\"1\"} 0\n", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("\"not_queued\"", metrics, StringComparison.Ordinal);
    }

    private static IReadOnlyList<RecordedMeasurement> Measure(Nvml? nvml)
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var recorded = new RecordedMetrics(meters);
        using var metrics = new GpuMetrics(meters, nvml);
        recorded.Observe();
        return recorded.All;
    }
}
