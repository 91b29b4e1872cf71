using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Telemetry;
using MlAspire.Testing;

namespace MlAspire.Telemetry.Tests;

/// <summary>docs/metrics/catalogue.md says what metrics there are: each with its kind, unit, services and attributes.</summary>
public sealed class MetricCatalogueTests
{
    private const string OnlyWitnessed = "ml.audit.unwitnessed"; // the log of these tests has no witness
    private const string Shared = "all";

    private static readonly Lazy<Row[]> Catalogue = new(() => [.. File.ReadLines(Path.Combine(Checkout.Root, "docs", "metrics", "catalogue.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(Row.Of)]);

    [Fact]
    public async Task Every_metric_of_every_service_is_in_the_catalogue_as_it_is_made_and_nothing_else_is()
    {
        var made = new ConcurrentDictionary<(string Meter, string Name), Instrument>();
        var attributes = new ConcurrentDictionary<string, ConcurrentDictionary<string, bool>>();
        using var listener = Listener(made, attributes);
        await using var services = await RunningServices.StartAsync(LogLevel.Information, configure: null, "--Diagnostics:TritonSummaries=true");
        await services.PredictAsync("answered");
        await services.SendAsync(HttpMethod.Post, "/v1/models/flight-delay/predict", new JsonObject());
        listener.RecordObservableInstruments();

        Assert.Equal(
            made.Values.Select(metric => (metric.Name, KindOf(metric), metric.Unit ?? "", metric.Description)).Distinct().Order(),
            Catalogue.Value.Where(row => row.Name != OnlyWitnessed).Select(row => (row.Name, row.Kind, row.Unit, (string?)row.Tells)).Order());
        Assert.All(made.Values, metric => Assert.Contains(ServiceOf(metric.Meter), RowOf(metric.Name).Services.Append(Shared)));
        Assert.All(attributes, measured => Assert.Subset(RowOf(measured.Key).Attributes.ToHashSet(), measured.Value.Keys.ToHashSet()));
    }

    [Fact]
    public void The_catalogue_is_in_order_and_has_every_name()
    {
        var names = typeof(TelemetryNames.Metrics).GetFields().Concat(typeof(TelemetryNames.Triton).GetFields().Where(field => field.Name != nameof(TelemetryNames.Triton.Prefix))).Select(field => (string)field.GetValue(null)!);

        Assert.Equal(names.Order(StringComparer.Ordinal), Catalogue.Value.Select(row => row.Name));
    }

    private static Row RowOf(string metric) => Catalogue.Value.Single(row => row.Name == metric);

    private static string ServiceOf(Meter meter) => meter.Name["MlAspire.".Length..] switch
    {
        "FeatureStore" => RunningServices.FeatureStore,
        "ServiceDefaults" => Shared,
        var name => name.ToLowerInvariant(),
    };

    private static MeterListener Listener(ConcurrentDictionary<(string Meter, string Name), Instrument> made, ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> attributes)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name.StartsWith("MlAspire.", StringComparison.Ordinal))
                {
                    made[(instrument.Meter.Name, instrument.Name)] = instrument;
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
        listener.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Note(instrument, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
        listener.Start();
        return listener;

        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var (name, _) in tags)
            {
                attributes.GetOrAdd(instrument.Name, _ => new())[name] = true;
            }
        }
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0].Replace("Observable", "", StringComparison.Ordinal) switch
    {
        "Counter" => "counter",
        "UpDownCounter" => "up-down counter",
        "Histogram" => "histogram",
        "Gauge" => "gauge",
        var other => other,
    };

    private sealed record Row(string Name, string Kind, string Unit, string[] Services, string[] Attributes, string Tells)
    {
        public static Row Of(string line) => line.Split('|').Select(cell => cell.Trim()).ToArray() is [_, var name, var kind, var unit, var services, var attributes, var tells, _]
            ? new(name.Trim('`'), kind, unit, services.Split(", "), attributes.Split(", "), tells)
            : throw new FormatException(line);
    }
}
