using Microsoft.Extensions.Options;
using MlAspire.FeatureStore.Registry;
using MlAspire.Pipelines.Flights;
using MlAspire.Pipelines.Jobs;
using MlAspire.Pipelines.Train;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Pipelines.Leaks;

/// <summary><c>leaks</c>: fails when a feature view reads what was not yet visible, and says what labels known at departure would promise and cost.</summary>
internal sealed partial class LeaksJob(IOptions<FlightsOptions> flights, IOptions<TrainOptions> train, IOptions<LeaksOptions> options, ILogger<LeaksJob> log) : IJob
{
    /// <exception cref="ServiceError">InvalidArgument: views leak; names them.</exception>
    public Task RunAsync(CancellationToken cancellationToken)
    {
        var registry = RegistryFile.Read(Path.Combine(AppContext.BaseDirectory, "features.json"));
        var service = registry.Service(FlightDelayPipeline.FeatureService)
            ?? throw new ServiceError(ErrorCode.NotFound, $"features.json has no feature service '{FlightDelayPipeline.FeatureService}'.");
        var data = FlightData.Load(flights.Value);
        var cutoff = new DateTimeOffset(train.Value.TestFrom.ToDateTime(default), TimeSpan.Zero).AddDays(-1).AddHours(20);
        var leaks = LeakDetector.Find(data.Flights, Feed(options.Value.KnownAt), (registry, service), cutoff);
        foreach (var leak in leaks)
        {
            LogChecked(log, leak.View, leak.Rows, leak.Leaking);
        }
        Price(new TrainingSource(new FlightEvents(data.Flights), registry, service, FlightDelayPipeline.Definition(service.FeatureNames, data.Airports, threshold: 0.5)), cancellationToken);
        var leaking = leaks.Where(leak => leak.Leaking > 0).Select(leak => leak.View).ToList();
        return leaking.Count == 0 ? Task.CompletedTask : throw new ServiceError(ErrorCode.InvalidArgument, $"These feature views read what was not yet visible: {string.Join(", ", leaking)}.");
    }

    /// <summary>Events in which a delay is known at the landing, or at the departure.</summary>
    public static Func<IReadOnlyList<Flight>, FlightEvents> Feed(string knownAt) => all => new FlightEvents(all, knownAt == "departure" ? flight => flight.Departure : null);

    /// <summary>Trains with honest and with shifted visibility, and tests the leaking model both as its training saw it and as serving would.</summary>
    private void Price(TrainingSource source, CancellationToken cancellationToken)
    {
        var until = train.Value.TestFrom.AddMonths(1);
        var honest = TrainingSet.Build(source with { Until = until }, train.Value, null, cancellationToken);
        var leaking = TrainingSet.Build(source with { Until = until, Events = Feed("departure")(source.Events.Flights) }, train.Value, null, cancellationToken);
        var (_, honestQuality) = FlightTrainer.Train(honest, train.Value, null, cancellationToken).Model;
        var (model, offline) = FlightTrainer.Train(leaking, train.Value, null, cancellationToken).Model;
        var served = honest.Test[0].Rows;
        var online = Math.Round(ClassificationQuality.Of(FlightTrainer.Probabilities(model, served), served.Labels()).Auc, 6);
        var bill = Math.Round(offline.Test[0].Auc - online, 6);
        LogPriced(log, offline.Test[0].Period, honestQuality.Test[0].Auc, offline.Test[0].Auc, online, bill);
    }

    [LoggerMessage(EventName = TelemetryNames.Events.LeakChecked, Level = LogLevel.Information, Message = "{View}: of its values at {Rows} departures, {Leaking} change with what had not happened by then")]
    private static partial void LogChecked(ILogger log, string view, int rows, int leaking);

    [LoggerMessage(EventName = TelemetryNames.Events.LeakPriced, Level = LogLevel.Information,
        Message = "{Period}: AUC {HonestAuc} honest. Labels known at departure would promise {OfflineAuc} and serve {OnlineAuc}: a bill of {Bill}")]
    private static partial void LogPriced(ILogger log, string period, double honestAuc, double offlineAuc, double onlineAuc, double bill);
}
