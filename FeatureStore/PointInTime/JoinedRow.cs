namespace MlAspire.FeatureStore.PointInTime;

/// <summary>A row of the spine with its features.</summary>
/// <param name="Values">Shape [features of the service]; NaN = null.</param>
internal readonly record struct JoinedRow(SpineRow Spine, double[] Values);

/// <summary>By position in the spine.</summary>
internal sealed class JoinedOrder(SpineOrder spine, int featureCount) : IComparer<JoinedRow>, IRecordFormat<JoinedRow>
{
    public int Compare(JoinedRow x, JoinedRow y) => x.Spine.Index.CompareTo(y.Spine.Index);

    public void Write(BinaryWriter writer, in JoinedRow record)
    {
        spine.Write(writer, record.Spine);
        foreach (var value in record.Values) { writer.Write(value); }
    }

    public JoinedRow Read(BinaryReader reader)
    {
        var row = spine.Read(reader);
        var values = new double[featureCount];
        for (var i = 0; i < values.Length; i++) { values[i] = reader.ReadDouble(); }
        return new JoinedRow(row, values);
    }
}
