using MlAspire.FeatureStore.Registry;
using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.Pipelines.Flights;

namespace MlAspire.Pipelines.Train;

/// <summary>The rows to learn from and, month by month, those to test on.</summary>
/// <param name="Learn">Flights of [From, TestFrom).</param>
/// <param name="Test">Flights from TestFrom on by the first day of their month, in the order of time.</param>
internal sealed record TrainingSet(RowSet Learn, IReadOnlyList<(DateOnly Month, RowSet Rows)> Test)
{
    /// <summary>Walks through all events in the order of time and writes one row for every flight at its departure, assembled as the Gateway does.</summary>
    /// <param name="source">Flights, features and pipeline.</param>
    /// <param name="options">The days; those of the origin's clock.</param>
    /// <param name="onDay">Told each day (UTC) as it begins; may be null.</param>
    /// <param name="cancellationToken">Looked at once a day.</param>
    public static TrainingSet Build(TrainingSource source, TrainOptions options, Action<DateOnly>? onDay, CancellationToken cancellationToken)
    {
        var inputs = new ModelInputs(source.Pipeline);
        var replay = new FeatureReplay(source.Registry, source.Service, source.Events);
        var learn = new RowSet(inputs.Columns);
        var test = new SortedDictionary<DateOnly, RowSet>();
        var writer = new RowWriter(inputs, [.. source.Service.FeatureNames]);
        var lastDay = DateOnly.MinValue;
        foreach (var departure in source.Events.Departures)
        {
            var flight = source.Events.Flights[departure.Flight];
            if (DateOnly.FromDateTime(flight.Departure.UtcDateTime) is var day && day != lastDay)
            {
                cancellationToken.ThrowIfCancellationRequested();
                onDay?.Invoke(lastDay = day);
            }
            if (DateOnly.FromDateTime(flight.Departure.DateTime) is var date && date >= options.From && date < source.Until)
            {
                replay.AdvanceTo(departure.Instant - source.Staleness.Ticks);
                var rows = date < options.TestFrom ? learn : MonthOf(test, date, inputs.Columns);
                writer.Write(flight, replay, rows.Add(flight.Late));
            }
        }
        return new TrainingSet(learn, [.. test.Select(month => (month.Key, month.Value))]);
    }

    private static RowSet MonthOf(SortedDictionary<DateOnly, RowSet> test, DateOnly date, int columns)
    {
        var month = new DateOnly(date.Year, date.Month, 1);
        return test.TryGetValue(month, out var rows) ? rows : test[month] = new RowSet(columns);
    }

    /// <summary>Assembles a flight's row with buffers that are used again for each.</summary>
    private sealed class RowWriter(ModelInputs inputs, string[] featureNames)
    {
        private readonly double[] answered = new double[featureNames.Length];
        private readonly int[] order = [.. inputs.Features.Select(feature => Array.IndexOf(featureNames, feature))];
        private readonly double[] features = new double[inputs.Features.Count];

        public void Write(in Flight flight, FeatureReplay replay, Span<float> target)
        {
            replay.Read(flight, answered);
            for (var i = 0; i < features.Length; i++)
            {
                features[i] = answered[order[i]];
            }
            var row = new ModelInputRow
            {
                Entities = [flight.Origin.Code, flight.Destination.Code],
                Numbers = [flight.DistanceMiles],
                Times = [flight.Departure],
                Features = features,
            };
            inputs.Fill(row, target);
        }
    }
}

/// <summary>What a training set is made of.</summary>
/// <param name="Events">The flights in the order of time.</param>
/// <param name="Registry">The feature definitions.</param>
/// <param name="Service">The feature service of the model.</param>
/// <param name="Pipeline">How a row is assembled.</param>
internal sealed record TrainingSource(FlightEvents Events, FeatureRegistry Registry, FeatureService Service, PipelineDefinition Pipeline)
{
    /// <summary>How far the feature store lags behind: it lacks the events of that time before each departure.</summary>
    public TimeSpan Staleness { get; init; }

    /// <summary>No rows from this day on.</summary>
    public DateOnly Until { get; init; } = DateOnly.MaxValue;
}
