using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>What the rows of one source change. Immutable, but for the counts of <see cref="Entities"/>.</summary>
internal sealed class PushTarget
{
    /// <summary>Begins the name of the source of direct writes; no push source's name can hold a colon.</summary>
    public const string DirectPrefix = "write:";

    private IReadOnlyList<PushTarget>? parts; // made when they are first asked for

    public PushTarget(FeatureRegistry registry, RedisKeys keys, PushSource source)
    {
        Keys = keys;
        Aggregation = new SourceAggregation(registry, source);
        Rows = [.. registry.ViewsOf(source).OfType<RowView>().Select(view => new RowWriter(view, registry.IndexOf(view), source, view.From!.Join))];
    }

    private PushTarget(RedisKeys keys, SourceAggregation aggregation, RowWriter[] rows) => (Keys, Aggregation, Rows) = (keys, aggregation, rows);

    private PushTarget(FeatureRegistry registry, RedisKeys keys, (PushSource Source, RowView View) direct)
    {
        var (source, view) = direct;
        Keys = keys;
        Aggregation = new SourceAggregation(registry, source);
        Rows = [new RowWriter(view, registry.IndexOf(view), source, view.Entity.JoinKeys)];
    }

    /// <summary>Where what it changes is in Redis.</summary>
    public RedisKeys Keys { get; }

    public PushSource Source => Aggregation.Source;

    /// <summary>The column, of direct writes only, that says when a row was made; null = there is none.</summary>
    public string? CreatedColumn => Source.Name.StartsWith(DirectPrefix, StringComparison.Ordinal) ? RowView.Created : null;

    /// <summary>The tiles.</summary>
    public SourceAggregation Aggregation { get; }

    /// <summary>The row views, in file order.</summary>
    public RowWriter[] Rows { get; }

    /// <summary>What is written apart from one another, each with its own count of offsets: all views that share one, then each that has its own.</summary>
    public IReadOnlyList<PushTarget> Parts => parts ??= Array.Exists(Aggregation.Views, view => view.View.OwnOffsets)
        ? [new PushTarget(Keys, new SourceAggregation(Source, Array.FindAll(Aggregation.Views, view => !view.View.OwnOffsets)), Rows), .. Aggregation.Views.Where(view => view.View.OwnOffsets).Select(view => new PushTarget(Keys.Own(view.View), new SourceAggregation(Source, [view]), []))]
        : [this];

    /// <summary>Of the views whose entities are bounded.</summary>
    public IReadOnlyList<EntityCheck> Entities { get; init; } = [];

    /// <summary>This without the views that need a field that is missing.</summary>
    public PushTarget Without(Predicate<int> isMissing)
    {
        int[] missing = [.. Enumerable.Range(0, Source.Fields.Count).Where(field => isMissing(field))];
        return Of(Array.FindAll(Aggregation.Views, view => !Array.Exists(missing, view.Needs)), Array.FindAll(Rows, writer => !Array.Exists(missing, writer.Needs)));
    }

    /// <summary>This without the views that have dropped what was pushed so long ago. A day longer than they keep it, since the tiles of a day are written for a day.</summary>
    public PushTarget Kept(TimeSpan age) =>
        Of(Array.FindAll(Aggregation.Views, view => age <= view.View.Retention + TimeSpan.FromDays(1)), Array.FindAll(Rows, writer => age <= writer.View.Retention + TimeSpan.FromDays(1)));

    /// <summary>Rows change something.</summary>
    public bool HasViews => Aggregation.ViewCount > 0 || Rows.Length > 0;

    private PushTarget Of(SourceAggregation.ViewOfSource[] views, RowWriter[] rows) =>
        views.Length == Aggregation.Views.Length && rows.Length == Rows.Length ? this : new PushTarget(Keys, new SourceAggregation(Source, views), rows);

    /// <summary>For rows that are written to a view and not pushed: a source of its own with the view's join keys and values.</summary>
    public static PushTarget Direct(FeatureRegistry registry, RedisKeys keys, RowView view, EntityBound? bound)
    {
        Field[] fields = [.. view.Entity.Keys, .. view.Row.Select(feature => new Field(feature.Name, feature.Type)), new Field(RowView.Created, FieldType.Int64)];
        var source = new PushSource(DirectName(view), RowView.EventTimestamp, fields);
        return new PushTarget(registry, keys, (source, view)) { Entities = bound is null ? [] : [new EntityCheck(bound, source, view.Entity.JoinKeys)] };
    }

    /// <summary>Name of the source of direct writes to the view.</summary>
    public static string DirectName(RowView view) => DirectPrefix + view.Name;

    /// <summary>The field is part of a key.</summary>
    public bool IsKey(int field) => Aggregation.IsKey(field) || Array.Exists(Rows, writer => writer.IsKey(field));

    /// <summary>The field is stored in a row view as it is.</summary>
    public bool IsValue(int field) => Array.Exists(Rows, writer => writer.IsValue(field));

    /// <summary>The field must have a value: it is part of a key or counted in tiles, names the event, or no row view says that it may be null.</summary>
    public bool IsRequired(int field) => IsKey(field) || IsEventId(field) || Aggregation.Counts(field) || !IsValue(field);

    public bool IsEventId(int field) => Source.Fields[field].Name == Source.EventId;
}
