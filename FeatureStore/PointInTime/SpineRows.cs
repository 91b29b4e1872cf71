using System.Runtime.InteropServices;
using System.Text;
using MlAspire.FeatureStore.Aggregates;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>Turns rows of a spine into bytes that a sort can hold, and those into joined rows. Used by one thread.</summary>
/// <remarks><c>i32 minutes of the UTC offset | i32 entity, once for each combination of join keys | the record in UTF-8</c>.</remarks>
internal sealed class SpineRows
{
    private readonly ServiceAggregation service;
    private readonly JoinState state;
    private readonly int[][] keys;
    private readonly int[] keyOfView;
    private readonly int[] keyOfRow;
    private readonly int headBytes;
    private byte[] bytes = new byte[256];

    public SpineRows(ServiceAggregation service, JoinState state)
    {
        (this.service, this.state) = (service, state);
        List<int[]> combinations = [];
        keyOfView = Array.ConvertAll(service.Views, view => Combination(view.EntityColumns));
        keyOfRow = Array.ConvertAll(service.Rows, row => Combination(row.EntityColumns));
        keys = [.. combinations];
        headBytes = sizeof(int) * (1 + keys.Length);

        int Combination(IReadOnlyList<int> columns)
        {
            if (!combinations.Exists(columns.SequenceEqual)) { combinations.Add([.. columns]); }
            return combinations.FindIndex(columns.SequenceEqual);
        }
    }

    /// <summary>The bytes of a row; valid until the next call.</summary>
    public ReadOnlySpan<byte> Encode(in SpineRow row)
    {
        var most = headBytes + Encoding.UTF8.GetMaxByteCount(row.Record.Length);
        if (most > bytes.Length) { bytes = new byte[most]; }
        var head = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(0, headBytes));
        head[0] = row.Moment.TotalOffsetMinutes;
        for (var i = 0; i < keys.Length; i++) { head[1 + i] = state.Entity(EntityKey.Of(row.Entities, keys[i])); }
        return bytes.AsSpan(0, headBytes + Encoding.UTF8.GetBytes(row.Record, bytes.AsSpan(headBytes)));
    }

    /// <summary>The row with its features as they are now.</summary>
    /// <param name="row">Sorted by its UTC ticks, then its position.</param>
    public JoinedRow Join(in SortedRecord row)
    {
        var head = MemoryMarshal.Cast<byte, int>(row.Bytes.Span[..headBytes]);
        var moment = new DateTimeOffset(row.First, TimeSpan.Zero).ToOffset(TimeSpan.FromMinutes(head[0]));
        var values = new double[service.FeatureNames.Length];
        for (var i = 0; i < keyOfView.Length; i++) { state.Evaluate(service.Views[i], head[1 + keyOfView[i]], moment, values); }
        for (var i = 0; i < keyOfRow.Length; i++) { state.Evaluate(service.Rows[i], head[1 + keyOfRow[i]], moment, values); }
        service.Transform(moment, values);
        return new JoinedRow(row.Second, moment, row.Bytes[headBytes..], values);
    }
}
