using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Diagnostics;
using MlAspire.FeatureStore.Reload;
using MlAspire.FeatureStore.Rows;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.FeatureStore.Online;

/// <summary>The act of reading: the features of a service for some rows, each at its own moment.</summary>
internal sealed class OnlineFeatures(ServedRegistry registry, IOnlineStore store, SourceTimes times, FeatureStoreMetrics metrics, Steps steps, TimeProvider time)
{
    // Of the time that a caller leaves, what is kept for an answer of the defaults.
    private const double KeptForDefaults = 0.2;

    /// <summary>Answers the request; while Redis is away, or hangs for most of the time that is left, with the service's defaults, where it has them.</summary>
    /// <exception cref="ServiceError">NotFound: no such service. InvalidArgument: the rows are wrong. Unavailable: Redis does not answer, and there are no defaults.</exception>
    public async Task<OnlineFeaturesResponse> ReadAsync(OnlineFeaturesRequest request, Deadline? deadline, CancellationToken cancellationToken)
    {
        var snapshot = registry.Current;
        var service = Find(snapshot, request);
        var rows = OnlineRows.Of(request, service, time.GetUtcNow());
        return new OnlineFeaturesResponse(service.Service.Name, service.Service.Version, await ReadAsync(snapshot, service, rows, deadline, cancellationToken));
    }

    /// <summary>The features of <paramref name="service"/> for checked rows, in its order; or its defaults.</summary>
    /// <param name="snapshot">That the service is of.</param>
    /// <param name="deadline">Of the request; null = it has none.</param>
    /// <exception cref="ServiceError">InvalidArgument: the rows read too much. Unavailable: Redis does not answer, and there are no defaults.</exception>
    public async Task<OnlineFeature[]> ReadAsync(RegistrySnapshot snapshot, ServiceAggregation service, OnlineRow[] rows, Deadline? deadline, CancellationToken cancellationToken)
    {
        if (service.Service.Defaults is not { } defaults)
        {
            return await ReadStoreAsync(snapshot, service, rows, cancellationToken);
        }
        using var most = deadline is null ? null : new Deadline(TimeSpan.FromTicks(Math.Max(0, (long)(deadline.Left.Ticks * (1 - KeptForDefaults)))), time, cancellationToken);
        try
        {
            return await ReadStoreAsync(snapshot, service, rows, most?.Token ?? cancellationToken);
        }
        catch (Exception e) when (e is ServiceError { Code: ErrorCode.Unavailable } || (e is OperationCanceledException && most is { Passed: true }))
        {
            var features = DefaultAnswer.Of(service, defaults, rows);
            snapshot.Statistics.Answered(service, features);
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

    private Task<OnlineFeature[]> ReadStoreAsync(RegistrySnapshot snapshot, ServiceAggregation service, OnlineRow[] rows, CancellationToken cancellationToken)
    {
        var read = new OnlineRead(service, rows);
        return steps.RunAsync(FeatureStoreMetrics.Read(service.Service.Name, rows.Length, read.Keys.Count), async () =>
        {
            var bytes = await store.ReadAsync(snapshot.Keys, read.Keys, cancellationToken);
            read.CheckStoredRows(bytes);
            var features = Compute(service, rows, read, bytes);
            snapshot.Statistics.Answered(service, features);
            return features;
        });
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
