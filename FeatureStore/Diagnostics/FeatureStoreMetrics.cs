using System.Diagnostics;
using System.Diagnostics.Metrics;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Reload;
using MlAspire.FeatureStore.Statistics;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore.Diagnostics;

/// <summary>What the store measures of itself; names in <see cref="TelemetryNames"/>.</summary>
internal sealed class FeatureStoreMetrics
{
    private readonly Histogram<double> age;
    private readonly Counter<long> missing;
    private readonly Counter<long> unreadable;
    private readonly Counter<long> full;
    private readonly Counter<long> staleWrites;
    private readonly Counter<long> closedGaps;
    private readonly Counter<long> rows;
    private readonly Counter<long> refused;
    private readonly Counter<long> late;
    private readonly Counter<long> unseen;
    private readonly Counter<long> cacheReads;
    private readonly Counter<long> cacheEvictions;
    private readonly Counter<long> cacheInvalidations;

    public FeatureStoreMetrics(IMeterFactory meters, ServedRegistry registry, SourceTimes times, TimeProvider time)
    {
        var meter = meters.Create(TelemetryNames.Sources.FeatureStore);
        age = meter.CreateHistogram(TelemetryNames.Metrics.FeatureAge, "s", "Age of the newest event behind the values of a view, of the oldest row of a request.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0, 60, 300, 900, 3_600, 10_800, 43_200, 86_400, 604_800] });
        missing = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureMissing, "{value}", "Feature values that were read and are not PRESENT.");
        unreadable = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureUnreadable, "{row}", "Stored rows that are no row of their view's layout, answered as NOT_FOUND.");
        full = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureFull, "{value}", "Values that are NULL because a tile of their window is full: it counts 65,535 events at most.");
        staleWrites = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureStaleWrites, "{row}", "Rows that were not stored because the row stored was as new or newer, by source.");
        closedGaps = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureClosedGaps, "{gap}", "Gaps in a producer's offsets that were closed because it had too many: what comes of them later is skipped. By source.");
        rows = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureRows, "{row}", "Pushed rows, by source and outcome.");
        refused = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureRefused, "{row}", "Rows of pushes that were refused as wrong, by source and what was wrong: columns, value, late, rule or entities.");
        late = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureLate, "{row}", "Pushed rows that were older than their source's watermark by more than its lateness, taken or refused, by source.");
        unseen = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureUnseen, "{value}", "Pushed values that are none of those that their feature may have (enum), by source and feature.");
        cacheReads = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureCacheReads, "{key}", "Rows and days of tiles asked of the cache: hit, miss, or bypassed because it is not known what was written.");
        cacheEvictions = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureCacheEvictions, "{key}", "Rows and days of tiles that the cache let go because it was full.");
        cacheInvalidations = meter.CreateCounter<long>(TelemetryNames.Metrics.FeatureCacheInvalidations, "{entity}", "Entities that the cache was told were written.");
        meter.CreateObservableGauge(TelemetryNames.Metrics.FeatureLag, () => times.All.Where(source => registry.Current.Targets.Find(source.Key) is not null).Select(source => new Measurement<double>((time.GetUtcNow() - source.Value).TotalSeconds, Source(source.Key))), "s", "From the newest event pushed by source until now, of the sources of the registry.");
        meter.CreateObservableGauge(TelemetryNames.Metrics.FeatureNullShare, () => Measure(registry.Current, NullShare), "1", "Share of the values answered in the last 5 to 10 minutes that were not there.");
        meter.CreateObservableGauge(TelemetryNames.Metrics.FeatureValue, () => Measure(registry.Current, Values), null, "Mean, standard deviation and ends of the values answered in the last 5 to 10 minutes.");
    }

    /// <summary>The step of one read.</summary>
    public static Step Read(string service, int rowCount, int keyCount) => new(TelemetryNames.Spans.OnlineRead)
    {
        Kind = ActivityKind.Client,
        Labels = [new(TelemetryNames.Attributes.FeatureService, service)],
        Details =
        [
            new(TelemetryNames.Attributes.Rows, rowCount), new(TelemetryNames.Attributes.DbSystemName, "redis"), new(TelemetryNames.Attributes.DbOperationName, "MGET"),
            new(TelemetryNames.Attributes.DbOperationBatchSize, keyCount),
        ],
    };

    /// <summary>The step of one push.</summary>
    public static Step Push(string pushSource, int rowCount) => new(TelemetryNames.Spans.Push)
    {
        Kind = ActivityKind.Client,
        Labels = [new(TelemetryNames.Attributes.PushSource, pushSource)],
        Details = [new(TelemetryNames.Attributes.Rows, rowCount), new(TelemetryNames.Attributes.DbSystemName, "redis"), new(TelemetryNames.Attributes.DbOperationName, "EVALSHA")],
    };

    /// <summary>What one request read of one view: its oldest age, and how many values are not PRESENT.</summary>
    public void Read(string view, ReadOnlySpan<OnlineFeature> features)
    {
        var (oldest, statuses, rows) = (-1L, default(FieldStatus[]), default(long[]));
        Span<int> counts = stackalloc int[FieldStatuses.Count];
        Span<int> all = stackalloc int[FieldStatuses.Count];
        all.Clear();
        foreach (var feature in features)
        {
            if (!ReferenceEquals(feature.AgesMicroseconds, rows))
            {
                oldest = Math.Max(oldest, (rows = feature.AgesMicroseconds).Max());
            }
            if (!ReferenceEquals(feature.Statuses, statuses))
            {
                counts.Clear();
                foreach (var status in statuses = feature.Statuses)
                {
                    counts[(int)status]++;
                }
            }
            for (var status = 0; status < counts.Length; status++)
            {
                all[status] += counts[status];
            }
        }
        if (oldest >= 0)
        {
            age.Record(oldest / 1_000_000, new KeyValuePair<string, object?>(TelemetryNames.Attributes.FeatureView, view));
        }
        for (var status = (int)FieldStatus.Present + 1; status < all.Length; status++)
        {
            if (all[status] > 0)
            {
                missing.Add(all[status], new KeyValuePair<string, object?>(TelemetryNames.Attributes.FeatureView, view), new(TelemetryNames.Attributes.FeatureStatus, FieldStatuses.Wire((FieldStatus)status)));
            }
        }
    }

    /// <summary>One stored row that could not be read.</summary>
    public void Unreadable(string view) => unreadable.Add(1, new KeyValuePair<string, object?>(TelemetryNames.Attributes.FeatureView, view));

    /// <summary>One value that is not known because a tile is full.</summary>
    public void Full(string view) => full.Add(1, new KeyValuePair<string, object?>(TelemetryNames.Attributes.FeatureView, view));

    /// <summary>Rows that were not newer than what was stored.</summary>
    public void StaleWrites(string pushSource, int count)
    {
        if (count > 0)
        {
            staleWrites.Add(count, Source(pushSource));
        }
    }

    /// <summary>Gaps in a producer's offsets that were closed.</summary>
    public void ClosedGaps(string pushSource, int count)
    {
        if (count > 0)
        {
            closedGaps.Add(count, Source(pushSource));
        }
    }

    /// <summary>Rows of one push that was not taken.</summary>
    public void NotPushed(string pushSource, int rows) => AddRows(pushSource, rows, "failed");

    /// <summary>Rows of one push that were counted, or left out because they had been counted before.</summary>
    public void Pushed(string pushSource, int accepted, int skipped, int repeated)
    {
        AddRows(pushSource, repeated, "repeated");
        AddRows(pushSource, accepted, "accepted");
        AddRows(pushSource, skipped, "skipped");
    }

    /// <summary>Rows of one push that was refused.</summary>
    public void Refused(string pushSource, int count, RefusalReason reason) => refused.Add(count, Source(pushSource), new(TelemetryNames.Attributes.Reason, Reason(reason)));

    public static string Reason(RefusalReason reason) => reason switch
    {
        RefusalReason.Value => "value",
        RefusalReason.Late => "late",
        RefusalReason.Rule => "rule",
        RefusalReason.Entities => "entities",
        _ => "columns",
    };

    /// <summary>Rows of one push that were late.</summary>
    public void Late(string pushSource, int rows)
    {
        if (rows > 0)
        {
            late.Add(rows, Source(pushSource));
        }
    }

    /// <summary>Values of one push that are none of those that a feature may have.</summary>
    public void Unseen(string pushSource, string feature, int count) => unseen.Add(count, Source(pushSource), new(TelemetryNames.Attributes.Feature, feature));

    /// <summary>Rows of one push that were set aside.</summary>
    public void Quarantined(string pushSource, int rows) => AddRows(pushSource, rows, "quarantined");

    /// <summary>Keys that were asked of the cache while it knows what was written.</summary>
    public void CacheRead(int hits, int misses)
    {
        AddCacheReads(hits, "hit");
        AddCacheReads(misses, "miss");
    }

    /// <summary>Keys that were not asked of the cache because it does not know what was written.</summary>
    public void CacheBypassed(int keys) => AddCacheReads(keys, "bypassed");

    /// <summary>One key that had no place in the cache.</summary>
    public void CacheEvicted() => cacheEvictions.Add(1);

    /// <summary>Entities of one message.</summary>
    public void Invalidated(int entities) => cacheInvalidations.Add(entities);

    private void AddCacheReads(int keys, string outcome)
    {
        if (keys > 0)
        {
            cacheReads.Add(keys, new KeyValuePair<string, object?>(TelemetryNames.Attributes.Outcome, outcome));
        }
    }

    private void AddRows(string pushSource, int count, string outcome)
    {
        if (count > 0)
        {
            rows.Add(count, Source(pushSource), new(TelemetryNames.Attributes.Outcome, outcome));
        }
    }

    private static KeyValuePair<string, object?> Source(string pushSource) => new(TelemetryNames.Attributes.PushSource, pushSource);

    private static IEnumerable<Measurement<double>> Measure(RegistrySnapshot snapshot, Func<FeatureStatistics, IEnumerable<(double, KeyValuePair<string, object?>[])>> values) =>
        from view in snapshot.Registry.Views.Index()
        from feature in view.Item.Features.Index()
        where snapshot.Statistics.Has(view.Index, feature.Index)
        from measured in values(snapshot.Statistics.Of(view.Index, feature.Index))
        select new Measurement<double>(measured.Item1, [new(TelemetryNames.Attributes.FeatureView, view.Item.Name), new(TelemetryNames.Attributes.Feature, feature.Item.Name), .. measured.Item2]);

    private static IEnumerable<(double, KeyValuePair<string, object?>[])> NullShare(FeatureStatistics feature) => [(feature.NullShare, [])];

    private static IEnumerable<(double, KeyValuePair<string, object?>[])> Values(FeatureStatistics feature) => feature.Numbers.Count == 0 ? [] :
    [
        (feature.Numbers.Mean, [new(TelemetryNames.Attributes.Statistic, "mean")]),
        (feature.Numbers.StandardDeviation, [new(TelemetryNames.Attributes.Statistic, "standard_deviation")]),
        (feature.Numbers.Min, [new(TelemetryNames.Attributes.Statistic, "min")]),
        (feature.Numbers.Max, [new(TelemetryNames.Attributes.Statistic, "max")]),
    ];
}
