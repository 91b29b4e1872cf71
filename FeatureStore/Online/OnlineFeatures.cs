using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Reload;
using MlAspire.FeatureStore.Rows;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore.Online;

/// <summary>The act of reading: the features of a service for some rows, each at its own moment.</summary>
internal sealed class OnlineFeatures(ServedRegistry registry, IOnlineStore store, SourceTimes times, FeatureStoreMetrics metrics, Steps steps, TimeProvider time)
{
    /// <summary>Answers the request; while Redis is away with the service's defaults, where it has them.</summary>
    /// <exception cref="ServiceError">NotFound: no such service. InvalidArgument: the rows are wrong. Unavailable: Redis does not answer, and there are no defaults.</exception>
    public async Task<OnlineFeaturesResponse> ReadAsync(OnlineFeaturesRequest request, CancellationToken cancellationToken)
    {
        var snapshot = registry.Current;
        var service = Find(snapshot, request);
        var rows = OnlineRows.Of(request, service, time.GetUtcNow());
        return new OnlineFeaturesResponse(service.Service.Name, service.Service.Version, await ReadOrDefaultAsync(snapshot, service, rows, cancellationToken));
    }

    /// <summary>The features of <paramref name="service"/> for checked rows, in its order.</summary>
    /// <param name="snapshot">That the service is of.</param>
    /// <exception cref="ServiceError">Unavailable: Redis does not answer.</exception>
    public async Task<OnlineFeature[]> ReadAsync(RegistrySnapshot snapshot, ServiceAggregation service, OnlineRow[] rows, CancellationToken cancellationToken)
    {
        var read = new OnlineRead(service, rows);
        return await steps.RunAsync(FeatureStoreMetrics.Read(service.Service.Name, rows.Length, read.Keys.Count), async () =>
        {
            var features = Compute(service, rows, read, await store.ReadAsync(snapshot.Keys, read.Keys, cancellationToken));
            snapshot.Statistics.Answered(service, features);
            return features;
        });
    }

    private async Task<OnlineFeature[]> ReadOrDefaultAsync(RegistrySnapshot snapshot, ServiceAggregation service, OnlineRow[] rows, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(snapshot, service, rows, cancellationToken);
        }
        catch (ServiceError e) when (e.Code == ErrorCode.Unavailable && service.Service.Defaults is not null)
        {
            var features = DefaultAnswer.Of(service, service.Service.Defaults!, rows);
            foreach (var part in service.Views)
            {
                metrics.Read(part.View.Name, features.AsSpan(part.FirstFeature, part.FeatureCount));
            }
            foreach (var part in service.Rows)
            {
                metrics.Read(part.View.Name, features.AsSpan(part.FirstFeature, part.Values.Length));
            }
            return features;
        }
    }

    private static ServiceAggregation Find(RegistrySnapshot snapshot, OnlineFeaturesRequest request)
    {
        if (string.IsNullOrEmpty(request.FeatureService))
        {
            throw new ServiceError(ErrorCode.InvalidArgument, "is missing", "feature_service");
        }
        if (snapshot.Service(request.FeatureService) is not { } newest)
        {
            throw new ServiceError(ErrorCode.NotFound, "There is no feature service of that name.", "feature_service");
        }
        return request.Version is null ? newest : snapshot.Service(request.FeatureService, request.Version) ?? throw new ServiceError(ErrorCode.NotFound, "The feature service has no such version.", "version");
    }

    private OnlineFeature[] Compute(ServiceAggregation service, OnlineRow[] rows, OnlineRead read, byte[][] bytes)
    {
        var features = new OnlineFeature[service.FeatureNames.Length];
        for (var i = 0; i < features.Length; i++)
        {
            features[i] = new OnlineFeature(service.FeatureNames[i], PackedValue.Column(service.FeatureTypes[i], rows.Length), [], []);
        }
        for (var i = 0; i < service.Views.Length; i++)
        {
            new TileAnswer(service.Views[i], i, times, metrics).Write(read, bytes, rows, features);
        }
        for (var i = 0; i < service.Rows.Length; i++)
        {
            new RowAnswer(service.Rows[i], times, metrics).Write(read.StoredRows(i, bytes), rows, features);
        }
        if (service.Service.Transforms.Count > 0)
        {
            TransformAnswer.Write(service, rows, features);
        }
        return features;
    }
}
