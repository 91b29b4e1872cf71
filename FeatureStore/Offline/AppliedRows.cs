namespace MlAspire.FeatureStore.Offline;

/// <summary>A frame, some of whose rows are applied.</summary>
/// <param name="New">Positions of these, ascending.</param>
internal sealed record AppliedRows(LoggedRows Rows, IReadOnlyList<Range> New)
{
    public IEnumerable<int> Positions => New.SelectMany(range => Enumerable.Range(range.Start.Value, range.End.Value - range.Start.Value));
}
