namespace MlAspire.FeatureStore.PointInTime;

/// <summary>One row of a spine: features of these entities are wanted as they were at this moment.</summary>
/// <param name="Index">Position in the spine, 0-based.</param>
/// <param name="Moment">With the UTC offset as given: some features read the local clock.</param>
/// <param name="Entities">Shape [ServiceAggregation.EntityColumns].</param>
/// <param name="Record">The whole row as it stands in the file.</param>
internal readonly record struct SpineRow(long Index, DateTimeOffset Moment, string[] Entities, string Record);

/// <summary>By moment, then position.</summary>
internal sealed class SpineOrder(int entityCount) : IComparer<SpineRow>, IRecordFormat<SpineRow>
{
    public int Compare(SpineRow x, SpineRow y)
    {
        var byMoment = x.Moment.UtcTicks.CompareTo(y.Moment.UtcTicks);
        return byMoment != 0 ? byMoment : x.Index.CompareTo(y.Index);
    }

    public void Write(BinaryWriter writer, in SpineRow record)
    {
        writer.Write(record.Index);
        writer.Write(record.Moment.Ticks);
        writer.Write((short)record.Moment.TotalOffsetMinutes);
        foreach (var entity in record.Entities) { writer.Write(entity); }
        writer.Write(record.Record);
    }

    public SpineRow Read(BinaryReader reader)
    {
        var index = reader.ReadInt64();
        var moment = new DateTimeOffset(reader.ReadInt64(), TimeSpan.FromMinutes(reader.ReadInt16()));
        var entities = new string[entityCount];
        for (var i = 0; i < entities.Length; i++) { entities[i] = reader.ReadString(); }
        return new SpineRow(index, moment, entities, reader.ReadString());
    }
}
