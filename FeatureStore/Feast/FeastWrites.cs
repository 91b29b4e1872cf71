using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Reload;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Feast;

/// <summary>Feast's writes: as Feast's Python feature server takes and answers them. A time without a UTC offset is UTC, as Feast has it.</summary>
internal sealed class FeastWrites(ServedRegistry registry, Ingestor ingestor, OfflineStore offline)
{
    /// <summary>Feast's <c>/push</c>. What is pushed is in the log too, where one is kept.</summary>
    /// <exception cref="FeastError">The request is wrong, or asks for a store that is not there.</exception>
    /// <exception cref="ServiceError">Unavailable, Overloaded, NotReady: the rows cannot be taken now.</exception>
    public Task PushAsync(PushRequest request, CancellationToken cancellationToken)
    {
        var name = request.PushSourceName ?? throw FeastError.Missing("push_source_name");
        if (request.Df is null)
        {
            throw FeastError.Missing("df");
        }
        switch (request.To ?? "online")
        {
            case "online": break;
            case "online_and_offline" when offline.Ingest is not null: break;
            case "online_and_offline": throw FeastError.Other("There is no offline store: Offline__Directory is not set.");
            case "offline": throw FeastError.Other("Rows are not written to the offline store alone; use 'online_and_offline'.");
            case var to: throw FeastError.Other($"{to} is not a supported push format. Please specify one of these ['online', 'offline', 'online_and_offline'].");
        }
        return WriteAsync(request with { To = null }, registry.Current.Targets.Source(name) ?? throw FeastError.PushSourceNotFound(name), cancellationToken);
    }

    /// <summary>Feast's <c>/write-to-online-store</c>.</summary>
    /// <exception cref="FeastError">The request is wrong, or the view is computed from events.</exception>
    /// <exception cref="ServiceError">Unavailable, Overloaded, NotReady: the rows cannot be taken now.</exception>
    public Task WriteAsync(WriteToOnlineStoreRequest request, CancellationToken cancellationToken)
    {
        var name = request.FeatureViewName ?? throw FeastError.Missing("feature_view_name");
        if (request.Df is null)
        {
            throw FeastError.Missing("df");
        }
        var snapshot = registry.Current;
        var view = snapshot.Registry.View(name) ?? throw FeastError.ViewNotFound(name, snapshot.Registry.Project);
        var target = snapshot.Targets.View(name) ?? throw FeastError.Other($"Feature view {name} is computed from the events of '{view.From!.Source.Name}': push those.");
        return WriteAsync(new PushRequest(name, request.Df, null, null, null), target, cancellationToken);
    }

    private async Task WriteAsync(PushRequest request, PushTarget target, CancellationToken cancellationToken)
    {
        try
        {
            var rows = await ingestor.CheckAsync(new FieldProblems(), request, target, WireTime.Feast, cancellationToken);
            for (var start = 0; start < rows.Count; start += RowCheck.MaxRows)
            {
                await ingestor.WriteAsync(rows.Of(start..Math.Min(rows.Count, start + RowCheck.MaxRows)), cancellationToken);
            }
        }
        catch (ServiceError e) when (e.Code == ErrorCode.InvalidArgument)
        {
            throw FeastError.Of(e);
        }
    }
}
