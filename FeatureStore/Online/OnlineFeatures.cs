using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Reload;
using MlAspire.FeatureStore.Rows;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore.Online;

/// <summary>The act of reading: the features of a service for some rows, each at its own moment.</summary>
internal sealed class OnlineFeatures(ServedRegistry registry, IOnlineStore store, FeatureStoreMetrics metrics, Steps steps, TimeProvider time)
{
    /// <summary>Answers the request.</summary>
    /// <exception cref="ServiceError">NotFound: no such service. InvalidArgument: the rows are wrong. Unavailable: Redis does not answer.</exception>
    public async Task<OnlineFeaturesResponse> ReadAsync(OnlineFeaturesRequest request, CancellationToken cancellation)
    {
        var snapshot = registry.Current;
        var service = Find(snapshot, request.FeatureService);
        var rows = OnlineRows.Of(request, service, time.GetUtcNow());
        return new OnlineFeaturesResponse(service.Service.Name, service.Service.Version, await ReadAsync(snapshot, service, rows, cancellation));
    }

    /// <summary>The features of <paramref name="service"/> for checked rows, in its order.</summary>
    /// <param name="snapshot">That the service is of.</param>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task<OnlineFeature[]> ReadAsync(RegistrySnapshot snapshot, ServiceAggregation service, OnlineRow[] rows, CancellationToken cancellation)
    {
        var read = new OnlineRead(service, rows);
        return await steps.RunAsync(FeatureStoreMetrics.Read(service.Service.Name, rows.Length, read.Keys.Count), async () =>
        {
            var features = Compute(service, rows, read, await store.ReadAsync(snapshot.Keys, read.Keys, cancellation));
            snapshot.Statistics.Answered(service, features);
            return features;
        });
    }

    private static ServiceAggregation Find(RegistrySnapshot snapshot, string? name)
    {
        if (string.IsNullOrEmpty(name)) { throw new ServiceError(ErrorCode.InvalidArgument, "is missing", "feature_service"); }
        return snapshot.Service(name) ?? throw new ServiceError(ErrorCode.NotFound, "There is no feature service of that name.", "feature_service");
    }

    private OnlineFeature[] Compute(ServiceAggregation service, OnlineRow[] rows, OnlineRead read, byte[][] bytes)
    {
        var features = new OnlineFeature[service.FeatureNames.Length];
        for (var i = 0; i < features.Length; i++) { features[i] = new OnlineFeature(service.FeatureNames[i], PackedValue.Column(service.FeatureTypes[i], rows.Length), [], []); }
        foreach (var i in service.Views.SelectMany(view => Enumerable.Range(view.FirstFeature, view.FeatureCount)))
        {
            features[i] = features[i] with { Statuses = new FieldStatus[rows.Length], AgesMicroseconds = new long[rows.Length] };
        }
        var values = new AggregateValue[features.Length];
        for (var row = 0; row < rows.Length; row++)
        {
            for (var v = 0; v < service.Views.Length; v++)
            {
                var view = service.Views[v];
                var days = read.DaysOf(row, v, bytes);
                view.Evaluate(rows[row].Moment, days, values);
                var age = view.AgeSeconds(rows[row].Moment, read.DayNumbersOf(row, v), days);
                metrics.ReadAge(view.View.Name, age);
                for (var i = 0; i < view.FeatureCount; i++) { Write(features[view.FirstFeature + i], row, values[i], (age, view.View)); }
            }
        }
        for (var i = 0; i < service.Rows.Length; i++) { new RowAnswer(service.Rows[i], metrics).Write(read.StoredRows(i, bytes), rows, features); }
        if (service.Service.Transforms.Count > 0) { TransformAnswer.Write(service, rows, features); }
        return features;
    }

    private void Write(OnlineFeature feature, int row, AggregateValue value, (long AgeSeconds, FeatureView View) read)
    {
        var status = value switch
        {
            { Found: false } => FieldStatus.NotFound,
            { Value: double.NaN } => FieldStatus.Null,
            _ => read.AgeSeconds * TimeSpan.TicksPerSecond > read.View.Ttl.Ticks ? FieldStatus.Stale : FieldStatus.Present,
        };
        feature.Statuses[row] = status;
        ((double[])feature.Values)[row] = value.Value;
        feature.AgesMicroseconds[row] = FieldStatuses.HasValue(status) && read.AgeSeconds >= 0 ? read.AgeSeconds * 1_000_000 : -1;
        metrics.ReadValue(read.View.Name, status);
    }
}
