using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Registry;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Pipelines.Flights;
using MlAspire.Pipelines.Jobs;
using MlAspire.Pipelines.Train.Export;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Pipelines.Train;

/// <summary><c>train</c>: flights to a model in the model repository, with its quality and lineage.</summary>
internal sealed partial class TrainJob(
    IOptions<FlightsOptions> flights, IOptions<ModelRepositoryOptions> models, IOptions<TrainOptions> options, TrainingAudit audit, Steps steps, ILogger<TrainJob> log) : IJob
{
    /// <summary>Runs the job: reads, learns, checks, writes.</summary>
    /// <exception cref="ServiceError">The data cannot be read, the model is not good enough, or the run cannot be recorded; then nothing is written.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var registryBytes = await File.ReadAllBytesAsync(RegistryFile.Shipped, cancellationToken);
        var registry = RegistryFile.Parse(registryBytes);
        var service = registry.Service(FlightDelayPipeline.FeatureService)
            ?? throw new ServiceError(ErrorCode.NotFound, $"features.json has no feature service '{FlightDelayPipeline.FeatureService}'.");
        var data = steps.Run(StepOf(TelemetryNames.Spans.TrainRead), ReadFlights);
        var pipeline = FlightDelayPipeline.Definition(service.FeatureNames, data.Airports, threshold: 0.5);

        var set = steps.Run(
            StepOf(TelemetryNames.Spans.TrainRows), () => BuildRows(new TrainingSource(new FlightEvents(data.Flights), registry, service, pipeline), cancellationToken));
        var (model, requestOnly) = steps.Run(StepOf(TelemetryNames.Spans.TrainLearn), () => Learn(set, cancellationToken));
        pipeline = FlightDelayPipeline.Definition(service.FeatureNames, data.Airports, model.Quality.Threshold);
        var source = new Lineage(pipeline.Model, options.Value.Version, "", null, Lineage.CurrentTrainer, options.Value.TrainedBy, options.Value.CodeCommit, await DataSet.OfAsync(flights.Value, cancellationToken),
            $"{service.Name}, version {service.Version}", Lineage.HashOf(registryBytes), [], options.Value.From, options.Value.TestFrom, set.Learn.Rows, options.Value.Boosting, []);

        // The fallback first: a pipeline must not name one that is not there yet.
        await WriteAsync(requestOnly, FlightDelayPipeline.RequestOnly(pipeline, requestOnly.Quality.Threshold), source, set.Test[0].Rows, cancellationToken);
        await WriteAsync(model, pipeline, source, set.Test[0].Rows, cancellationToken);
    }

    private async Task WriteAsync(TrainedModel trained, PipelineDefinition pipeline, Lineage source, RowSet rows, CancellationToken cancellationToken)
    {
        var onnx = TreeEnsembleModel.Write(trained.Trees, pipeline.Columns.Count);
        var folder = Path.GetFullPath(models.Value.Path);
        var lineage = source with
        {
            Model = pipeline.Model,
            ModelSha256 = Lineage.HashOf(onnx),
            Parent = ParentVersion.Of(folder, pipeline.Model, source.Version),
            Columns = [.. pipeline.Columns.Select(column => column.Name)],
            Metrics = trained.Quality.Test,
        };
        await audit.ReportAsync(lineage, cancellationToken);
        ModelFiles.Of(onnx, pipeline, trained.Quality, lineage, GoldenInference.Of(trained.Trees, pipeline, rows)).Write(folder, cancellationToken);
        LogWritten(log, pipeline.Model, trained.Quality.Version, folder, onnx.Length / 1024);
    }

    private static Step StepOf(string name) => new(name) { Level = LogLevel.Information };

    private FlightData ReadFlights()
    {
        var data = FlightData.Load(flights.Value);
        LogRead(log, data.Flights.Count, data.Airports.Count);
        return data;
    }

    private TrainingSet BuildRows(TrainingSource source, CancellationToken cancellationToken)
    {
        var set = TrainingSet.Build(source, options.Value, OnDay, cancellationToken);
        if (set.Learn.Rows == 0 || set.Test.Count == 0)
        {
            throw new ServiceError(ErrorCode.InvalidArgument, $"No flights from {options.Value.From:yyyy-MM-dd} to learn from, or none from {options.Value.TestFrom:yyyy-MM-dd} to test on.", "Train:TestFrom");
        }
        var testRows = set.Test.Sum(month => month.Rows.Rows);
        LogRows(log, set.Learn.Rows, testRows);
        return set;

        void OnDay(DateOnly day)
        {
            if (day.Day == 1)
            {
                LogDay(log, day);
            }
        }
    }

    private (TrainedModel Model, TrainedModel RequestOnly) Learn(TrainingSet set, CancellationToken cancellationToken)
    {
        var trained = FlightTrainer.Train(set, options.Value, OnTree, cancellationToken);
        LogTrained(log, options.Value.Boosting.Trees);
        foreach (var period in trained.Model.Quality.Test)
        {
            LogQuality(log, period.Period, period.Rows, period.Auc, period.RequestOnlyAuc, period.Brier, period.LateShare, period.CalledLateShare);
        }
        var first = trained.Model.Quality.Test[0];
        return first.Auc >= options.Value.MinAuc
            ? trained
            : throw new ServiceError(ErrorCode.InvalidArgument, $"The AUC of {first.Period} is {first.Auc}, below Train:MinAuc {options.Value.MinAuc}: the model is not written.", "Train:MinAuc");

        void OnTree(int trees)
        {
            if (trees % 25 == 0)
            {
                LogTrees(log, trees, options.Value.Boosting.Trees);
            }
        }
    }

    [LoggerMessage(EventName = TelemetryNames.Events.TrainDataRead, Level = LogLevel.Information, Message = "Read {Flights} flights between {Airports} airports")]
    private static partial void LogRead(ILogger log, int flights, int airports);

    [LoggerMessage(EventName = TelemetryNames.Events.TrainFeaturesDay, Level = LogLevel.Information, Message = "Computing features: {Day:yyyy-MM-dd}")]
    private static partial void LogDay(ILogger log, DateOnly day);

    [LoggerMessage(EventName = TelemetryNames.Events.TrainRowsBuilt, Level = LogLevel.Information, Message = "Built {LearnRows} rows to learn from and {TestRows} to test on")]
    private static partial void LogRows(ILogger log, int learnRows, int testRows);

    [LoggerMessage(EventName = TelemetryNames.Events.TrainTrees, Level = LogLevel.Information, Message = "{Trees} of {AllTrees} trees")]
    private static partial void LogTrees(ILogger log, int trees, int allTrees);

    [LoggerMessage(EventName = TelemetryNames.Events.TrainTrained, Level = LogLevel.Information, Message = "Learnt and tested {Trees} trees, and the baseline without store features,")]
    private static partial void LogTrained(ILogger log, int trees);

    [LoggerMessage(EventName = TelemetryNames.Events.TrainQuality, Level = LogLevel.Information,
        Message = "{Period}: {Rows} flights, AUC {Auc} (request only {RequestOnlyAuc}), Brier {Brier}, late {LateShare}, called late {CalledLateShare}")]
    private static partial void LogQuality(ILogger log, string period, int rows, double auc, double requestOnlyAuc, double brier, double lateShare, double calledLateShare);

    [LoggerMessage(EventName = TelemetryNames.Events.TrainWritten, Level = LogLevel.Information, Message = "Wrote {Model} version {Version} to {Folder}: {KiloBytes} KiB")]
    private static partial void LogWritten(ILogger log, string model, int version, string folder, int kiloBytes);
}
