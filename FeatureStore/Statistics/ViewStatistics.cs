using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.ServiceDefaults.Quantiles;

namespace MlAspire.FeatureStore.Statistics;

/// <summary>What this replica answered of each feature and transform of a registry in the last 5 to 10 minutes. Thread-safe; some 5 KB a half for a feature that was asked for.</summary>
internal sealed class ViewStatistics(FeatureRegistry registry, TimeProvider time)
{
    private readonly Recent<Half> halves = new(time, () => new Half(registry));
    private int requests;

    /// <summary>Counts an answer, of many rows some (<see cref="RowSample"/>); nothing is allocated but at the first of a half.</summary>
    /// <param name="features">In the order of the service.</param>
    public void Answered(ServiceAggregation service, OnlineFeature[] features)
    {
        if (service.Positions.Length == 0)
        {
            return;
        }
        var half = halves.Current().Now;
        var rows = RowSample.Of(features[0].Statuses.Length, Interlocked.Increment(ref requests));
        for (var i = 0; i < service.Positions.Length; i++)
        {
            var (view, feature) = service.Positions[i];
            LazyInitializer.EnsureInitialized(ref half.Features[view][feature]).Add(features[i], rows);
            if (i == 0 || service.Positions[i - 1].View != view)
            {
                LazyInitializer.EnsureInitialized(ref half.Ages[view]).AddAges(features[i].AgesMicroseconds, rows);
            }
        }
        if (service.Service.Transforms.Count == 0 || registry.IndexOf(service.Service) is not (>= 0 and var index))
        {
            return;
        }
        for (var i = 0; i < service.Service.Transforms.Count; i++)
        {
            LazyInitializer.EnsureInitialized(ref half.Transforms[index][i]).Add(features[service.FirstTransform + i], rows);
        }
    }

    /// <summary>Whether the feature was asked for.</summary>
    public bool Has(int view, int feature) => halves.Current() is var (now, before) && (now.Features[view][feature] ?? before?.Features[view][feature]) is not null;

    /// <summary>The statistics of one feature; a copy.</summary>
    public FeatureStatistics Of(int view, int feature) => Sum(half => half.Features[view][feature]);

    /// <summary>The statistics of one transform of a service; a copy.</summary>
    public FeatureStatistics OfTransform(int service, int transform) => Sum(half => half.Transforms[service][transform]);

    /// <summary>Seconds from the event behind what was read of a view to the moment asked about; a copy.</summary>
    public NumberStatistics Ages(int view)
    {
        var (sum, (now, before)) = (new AgeStatistics(), halves.Current());
        foreach (var half in new[] { now, before })
        {
            if (half?.Ages[view] is { } counted)
            {
                sum.Add(counted);
            }
        }
        return sum.Seconds;
    }

    private FeatureStatistics Sum(Func<Half, FeatureStatistics?> of)
    {
        var (sum, (now, before)) = (new FeatureStatistics(), halves.Current());
        foreach (var half in new[] { now, before })
        {
            if (half is not null && of(half) is { } counted)
            {
                sum.Add(counted);
            }
        }
        return sum;
    }

    /// <summary>Five minutes; null where nothing was asked for.</summary>
    private sealed class Half(FeatureRegistry registry)
    {
        public FeatureStatistics?[][] Features { get; } = [.. registry.Views.Select(view => new FeatureStatistics?[view.Features.Count])];

        public FeatureStatistics?[][] Transforms { get; } = [.. registry.Services.Select(service => new FeatureStatistics?[service.Transforms.Count])];

        public AgeStatistics?[] Ages { get; } = new AgeStatistics?[registry.Views.Count];
    }
}
