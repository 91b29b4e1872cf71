using System.Text.Json;
using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Registry;
using MlAspire.Pipelines.Flights;
using MlAspire.Pipelines.Jobs;
using MlAspire.Pipelines.Train;
using MlAspire.Pipelines.Train.Export;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Pipelines.Freshness;

/// <summary><c>freshness</c>: prices staleness in AUC, view by view, and derives the age each may have. Writes <c>freshness.json</c> and <c>freshness.html</c> beside the model.</summary>
internal sealed partial class FreshnessJob(
    IOptions<FlightsOptions> flights, IOptions<ModelRepositoryOptions> models, IOptions<TrainOptions> train, IOptions<FreshnessOptions> options, TimeProvider time, ILogger<FreshnessJob> log) : IJob
{
    private static readonly int[] StaleMinutes = [5, 15, 30, 60, 120, 180, 360, 720, 1_440];

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n" };

    /// <summary>Trains the model as <c>train</c> does, and measures it on the first month after.</summary>
    /// <exception cref="ServiceError">The data cannot be read, or has no flights to learn from or to test on.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var registry = RegistryFile.Read(Path.Combine(AppContext.BaseDirectory, "features.json"));
        var service = registry.Service(FlightDelayPipeline.FeatureService)
            ?? throw new ServiceError(ErrorCode.NotFound, $"features.json has no feature service '{FlightDelayPipeline.FeatureService}'.");
        var data = FlightData.Load(flights.Value);
        var pipeline = FlightDelayPipeline.Definition(service.FeatureNames, data.Airports, threshold: 0.5);
        var source = new TrainingSource(new FlightEvents(data.Flights), registry, service, pipeline) { Until = train.Value.TestFrom.AddMonths(1) };
        var set = TrainingSet.Build(source, train.Value, null, cancellationToken);
        if (set.Learn.Rows == 0 || set.Test.Count == 0)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, "There are no flights to learn from, or none to test on.", "Train:TestFrom");
        }
        var (model, quality) = FlightTrainer.Train(set, train.Value, null, cancellationToken).Model;

        var pricing = new FreshnessPricing(model, service, FlightDelayPipeline.RequestColumns, set.Test[0].Rows);
        var curves = Curves(pricing, source, quality.Test[0].Auc, cancellationToken);
        var missing = pricing.Missing();
        var tested = quality.Test[0];
        var report = new FreshnessReport(pipeline.Model, Lineage.HashOf(TreeEnsembleModel.Write(model, pipeline.Columns.Count)), tested.Period, tested.Rows, options.Value.AucBudget, tested.Auc, tested.RequestOnlyAuc,
            StalenessCurve.MinutesWithin(curves[^1].Points, tested.Auc - tested.RequestOnlyAuc), FreshnessPricing.ShareBefore(missing, tested.RequestOnlyAuc), curves, missing);
        await WriteAsync(report, cancellationToken);
        foreach (var curve in curves)
        {
            LogMaxAge(log, curve.View, report.AucBudget, curve.MaxAgeMinutes);
        }
        var seconds = Math.Round(time.GetElapsedTime(started).TotalSeconds, 1);
        LogWritten(log, models.Value.Path, report.Rows, report.FreshAuc, report.RequestOnlyAuc, seconds);
    }

    private List<StalenessCurve> Curves(FreshnessPricing pricing, TrainingSource source, double freshAuc, CancellationToken cancellationToken)
    {
        string[] names = [.. pricing.Views, StalenessCurve.AllViews];
        var points = names.ToDictionary(name => name, _ => new List<StalenessPoint> { new(0, freshAuc) });
        // Of the stale stores only the tested month is asked: the first of its days is the first day learnt from, too.
        var tested = new TrainOptions { From = train.Value.TestFrom.AddDays(-1), TestFrom = train.Value.TestFrom };
        foreach (var minutes in StaleMinutes)
        {
            var stale = TrainingSet.Build(source with { Staleness = TimeSpan.FromMinutes(minutes) }, tested, null, cancellationToken).Test[0].Rows;
            foreach (var name in names)
            {
                var auc = pricing.Auc(name == StalenessCurve.AllViews ? pricing.Views : [name], stale);
                points[name].Add(new StalenessPoint(minutes, auc));
                LogPoint(log, name, minutes, auc);
            }
        }
        return [.. names.Select(name => StalenessCurve.Of(name, points[name], options.Value.AucBudget))];
    }

    private async Task WriteAsync(FreshnessReport report, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Path.GetFullPath(models.Value.Path), report.Model, $"{train.Value.Version}");
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(folder, "freshness.json"), [.. JsonSerializer.SerializeToUtf8Bytes(report, Json), (byte)'\n'], cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "freshness.html"), FreshnessPage.Of(report), cancellationToken);
    }

    [LoggerMessage(EventName = TelemetryNames.Events.FreshnessPoint, Level = LogLevel.Information, Message = "{View} stale by {StaleMinutes} min: AUC {Auc}")]
    private static partial void LogPoint(ILogger log, string view, int staleMinutes, double auc);

    [LoggerMessage(EventName = TelemetryNames.Events.FreshnessMaxAge, Level = LogLevel.Information, Message = "{View}: losing at most {Budget} of AUC, it may be {MaxAge} min old (nothing = more than was measured)")]
    private static partial void LogMaxAge(ILogger log, string view, double budget, double? maxAge);

    [LoggerMessage(EventName = TelemetryNames.Events.FreshnessWritten, Level = LogLevel.Information, Message = "Wrote freshness.json and freshness.html to {Folder}: {Rows} flights, AUC {FreshAuc} fresh and {RequestOnlyAuc} without the store, {Seconds} s in all")]
    private static partial void LogWritten(ILogger log, string folder, int rows, double freshAuc, double requestOnlyAuc, double seconds);
}
