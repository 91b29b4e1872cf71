using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Rows;

/// <summary>The values of one row view for one entity of a request's row. Immutable.</summary>
/// <param name="asked">Features of the view, in answer order.</param>
/// <param name="viewIndex">Position of the view in <see cref="FeatureRegistry.Views"/>.</param>
/// <param name="entityColumns">Position of each join key in <see cref="ServiceAggregation.EntityColumns"/>.</param>
/// <param name="firstFeature">Position of the first of these features in the answer.</param>
internal sealed class ServiceRow(RowView view, IReadOnlyList<Feature> asked, int viewIndex, int[] entityColumns, int firstFeature)
{
    public RowView View => view;
    public int ViewIndex => viewIndex;
    public IReadOnlyList<int> EntityColumns => entityColumns;
    public int FirstFeature => firstFeature;
    public RowLayout Layout { get; } = new(view.Row);

    /// <summary>Position of each asked value in a row, in answer order.</summary>
    public int[] Values { get; } = [.. asked.Select(feature => view.Row.Index().First(value => value.Item.Name == feature.Name).Index)];

    /// <summary>The <see cref="EntityKey"/> that is looked up.</summary>
    /// <param name="entities">Values of a row, shape [ServiceAggregation.EntityColumns].</param>
    public string EntityOf(ReadOnlySpan<string> entities) => EntityKey.Of(entities, entityColumns);
}
