using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;
using static MlAspire.Inference.Api.Tests.Models.Residency.AdderModel;

namespace MlAspire.Inference.Api.Tests.Models.Residency;

/// <summary>What the process takes for its models; nothing else runs in it meanwhile.</summary>
[Collection(nameof(Alone))]
public sealed class FootprintTests
{
    [Fact]
    public async Task A_thousand_models_are_served_with_eight_in_memory_and_with_a_bounded_number_of_threads()
    {
        const int Count = 1000;
        var threadsBefore = Process.GetCurrentProcess().Threads.Count;
        await using var server = await InferenceServer.StartAsync(
            models =>
            {
                for (var i = 0; i < Count; i++)
                {
                    models.Add($"m{i}", Plus(i));
                }
            },
            builder => builder.UseSetting("ModelRepository:MemoryBudgetBytes", $"{8 * Cost(Plus(0))}").UseSetting("ModelRepository:ControlMode", "None"));

        Assert.Equal(Count, (await server.PostAsync("/v2/repository/index", """{"ready":true}""")).Body!.AsArray().Count);
        using var metrics = new RecordedMetrics(server.Services.GetRequiredService<IMeterFactory>());
        var random = new Random(7);
        await Parallel.ForEachAsync(Enumerable.Range(0, 300).Select(_ => random.Next(Count)), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) =>
        {
            var (status, body) = await server.PostAsync($"/v2/models/m{i}/infer", Request);
            Assert.Equal((HttpStatusCode.OK, $"[{i + 1},{i + 2}]"), (status, body!["outputs"]?[0]!["data"]!.ToJsonString()));
        });

        Assert.DoesNotContain("otel_metric_overflow", await server.Http.GetStringAsync("/metrics"), StringComparison.Ordinal); // 2,000 series of a metric
        Assert.InRange(metrics.Of(TelemetryNames.Metrics.ModelColdLoadDuration).Count(), 250, 300);
        metrics.Observe();
        Assert.InRange(metrics.Of(TelemetryNames.Metrics.ModelResident).Last().Value, 1, 8);
        Assert.InRange(metrics.Of(TelemetryNames.Metrics.ModelResidentBytes).Last().Value, 1, 8 * Cost(Plus(0)));
        Assert.InRange(Process.GetCurrentProcess().Threads.Count - threadsBefore, -100, 60);
    }

    [Fact]
    public async Task The_number_of_threads_does_not_grow_with_the_number_of_models()
    {
        await using var few = await InferenceServer.StartAsync(models => models.Add("m0", Plus(0)));
        await few.PostAsync("/v2/models/m0/infer", Request);
        var before = Process.GetCurrentProcess().Threads.Count;

        await using var many = await InferenceServer.StartAsync(models =>
        {
            for (var i = 0; i < 200; i++)
            {
                models.Add($"m{i}", Plus(i));
            }
        });
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await many.PostAsync($"/v2/models/m{i}/infer", Request)).Status);
        }

        Assert.InRange(Process.GetCurrentProcess().Threads.Count - before, -100, 40); // a server's own, and the pool's; a thread a model would be 200
    }

    [Fact]
    public async Task A_model_takes_its_weights_once_and_unload_gives_them_back()
    {
        const long Weights = 48L << 20;
        await using var server = await InferenceServer.StartAsync(
            models => models.Add("large", Large((int)(Weights / sizeof(float)))), builder => builder.UseSetting("ModelRepository:ControlMode", "Explicit").UseSetting("ModelRepository:Load:0", "*"));
        await server.PostAsync("/v2/repository/models/large/unload", "");
        var before = await SettledBytesAsync();

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/large/load", "")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/models/large/infer", Request)).Status);
        await TakesAsync(before, Weights * 9 / 10, Weights * 5 / 4); // the budget counts five quarters

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/v2/repository/models/large/unload", "")).Status);
        await TakesAsync(before, -Weights, Weights / 10);
    }

    /// <summary>When what earlier tests left to pools and arenas has gone: no collection gives anything back.</summary>
    private static async Task<long> SettledBytesAsync()
    {
        var settled = long.MaxValue;
        await Eventually.TrueAsync("memory that no longer shrinks", () =>
        {
            (var before, settled) = (settled, ResidentBytes());
            return before - settled < 1 << 20;
        });
        return settled;
    }

    /// <summary>Waits until the process takes so much more than <paramref name="before"/>: what a load used meanwhile goes after its answer.</summary>
    private static Task TakesAsync(long before, long from, long to) => Eventually.TrueAsync("the memory that a load used meanwhile to be given back", () =>
    {
        Assert.InRange(ResidentBytes() - before, from, to);
        return true;
    });

    /// <summary>Without the pages of files, which the system drops and reads again as it likes.</summary>
    private static long ResidentBytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // gives free pages back to the system
        var line = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("RssAnon:", StringComparison.Ordinal)); // "RssAnon:   12345 kB"
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
