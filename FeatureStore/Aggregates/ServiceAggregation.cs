using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Rows;

namespace MlAspire.FeatureStore.Aggregates;

/// <summary>A feature service made ready to be computed: what a row reads, and in which order its features are answered. Immutable.</summary>
internal sealed class ServiceAggregation
{
    public ServiceAggregation(FeatureRegistry registry, FeatureService service)
    {
        Service = service;
        EntityColumns = [.. service.Views.SelectMany(view => view.EntityColumns).Distinct(StringComparer.Ordinal)];
        EntityTypes = Array.ConvertAll(EntityColumns, column => TypeOf(service, column));
        InputColumns = [.. service.Request.Select(input => input.Name)];
        FeatureNames = [.. service.FeatureNames];
        Positions = [.. service.Views.SelectMany(part => part.Features, (part, feature) => (registry.IndexOf(part.View), part.View.Features.Index().First(known => known.Item.Name == feature.Name).Index))];
        FeatureTypes = [.. service.Views.SelectMany(view => view.Features).Select(feature => feature.Type), .. service.Transforms.Select(transform => transform.Type)];
        var (views, rows, firstFeature) = (new List<ServiceViewAggregation>(), new List<ServiceRow>(), 0);
        foreach (var part in service.Views)
        {
            int[] columns = [.. part.EntityColumns.Select(column => Array.IndexOf(EntityColumns, column))];
            if (part.View is AggregateView tiled)
            {
                views.Add(new ServiceViewAggregation(tiled, part.Features, registry.IndexOf(tiled), columns, firstFeature));
            }
            if (part.View is RowView row)
            {
                rows.Add(new ServiceRow(row, part.Features, registry.IndexOf(row), columns, firstFeature));
            }
            firstFeature += part.Features.Count;
        }
        (Views, Rows) = ([.. views], [.. rows]);
    }

    public FeatureService Service { get; }

    /// <summary>Request columns of entity values, each once, in order of first use.</summary>
    public string[] EntityColumns { get; }

    /// <summary>Type of each entity column.</summary>
    public FieldType[] EntityTypes { get; }

    /// <summary>Request columns of what comes with a row, as <see cref="FeatureService.Request"/> has them.</summary>
    public string[] InputColumns { get; }

    /// <summary>Features in answer order.</summary>
    public string[] FeatureNames { get; }

    /// <summary>Where each feature of the views, in answer order, is defined: the view in <see cref="FeatureRegistry.Views"/>, and the feature in the view.</summary>
    public (int View, int Feature)[] Positions { get; }

    /// <summary>What each feature in answer order is.</summary>
    public FieldType[] FeatureTypes { get; }

    /// <summary>The parts of a row that are computed from tiles, in answer order.</summary>
    public ServiceViewAggregation[] Views { get; }

    /// <summary>The parts of a row that are answered as they were written, in answer order.</summary>
    public ServiceRow[] Rows { get; }

    /// <summary>Position of the first transform in answer order.</summary>
    public int FirstTransform => Positions.Length;

    /// <summary>Computes the transforms at <paramref name="moment"/>; no allocation.</summary>
    /// <param name="values">Shape [<see cref="FeatureNames"/>, then <see cref="InputColumns"/>], of which all but the transforms are given; NaN = null.</param>
    public void Transform(DateTimeOffset moment, Span<double> values)
    {
        for (var i = 0; i < Service.Transforms.Count; i++)
        {
            values[FirstTransform + i] = Service.Transforms[i].Expression.Evaluate(values, moment);
        }
    }

    private static FieldType TypeOf(FeatureService service, string column) =>
        service.Views.SelectMany(view => view.EntityColumns.Zip(view.View.Entity.Keys)).First(pair => pair.First == column).Second.Type;
}
