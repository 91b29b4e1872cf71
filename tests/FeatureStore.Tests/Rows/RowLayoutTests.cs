using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Rows;

namespace MlAspire.FeatureStore.Tests.Rows;

public sealed class RowLayoutTests
{
    private static readonly DateTimeOffset July = new(2001, 7, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_row_of_every_scalar_has_these_bytes()
    {
        var layout = Layout(FieldType.Int32, FieldType.Int64, FieldType.Float, FieldType.Double, FieldType.Bool, FieldType.UnixTimestamp, FieldType.String, FieldType.Bytes, FieldType.Float, FieldType.String);
        var row = layout.Pack(July, TimeSpan.FromMilliseconds(1_500), [-2, 300L, 0.25f, 12.5, true, 993_945_600L, "ORD", new byte[] { 7, 8 }, null, "é"]);
        Assert.Equal(
            "01" + // format
            "800387FCFE6A0000" + // 993,945,600,000,000 microseconds since 1970, with the sign bit flipped
            "000005DC" + // made 1,500 ms later
            "00" + "01" + // value 8 is null: bit 0 of the second byte
            "FEFFFFFF" + "2C01000000000000" + "0000803E" + "0000000000002940" + "01" + "00683E3B00000000" +
            "03000000" + "05000000" + // "ORD" ends at 3, the bytes at 5
            "00000000" + "07000000" + // the null has its slot; "é" is two bytes
            "4F5244" + "0708" + "C3A9",
            Convert.ToHexString(row));
        Assert.True(layout.IsValid(row));
    }

    [Fact]
    public void A_row_of_every_list_has_these_bytes()
    {
        var layout = Layout(FieldType.StringList, FieldType.Int32List, FieldType.Int64List, FieldType.FloatList, FieldType.DoubleList, FieldType.BoolList, FieldType.BytesList, FieldType.UnixTimestampList);
        var row = layout.Pack(DateTimeOffset.UnixEpoch, TimeSpan.Zero,
            [new[] { "A", "" }, new[] { 1, -1 }, new[] { 2L }, new[] { 0.25f }, new[] { 12.5 }, new[] { true, false }, new byte[][] { [9] }, Array.Empty<long>()]);
        Assert.Equal(
            "01" + "8000000000000000" + "00000000" + "00" +
            "09000000" + "11000000" + "19000000" + "1D000000" + "25000000" + "27000000" + "2C000000" + "2C000000" +
            "0100000041" + "00000000" + "01000000FFFFFFFF" + "0200000000000000" + "0000803E" + "0000000000002940" + "0100" + "0100000009",
            Convert.ToHexString(row));
        Assert.True(layout.IsValid(row));
    }

    [Theory]
    [InlineData("STRING", "é\u0000x")]
    [InlineData("INT32", int.MinValue)]
    [InlineData("INT64", long.MaxValue)]
    [InlineData("FLOAT", float.Epsilon)]
    [InlineData("DOUBLE", double.MaxValue)]
    [InlineData("BOOL", false)]
    [InlineData("UNIX_TIMESTAMP", -1L)]
    [InlineData("STRING_LIST", new[] { "", "a", "é" })]
    [InlineData("INT32_LIST", new[] { int.MinValue, int.MaxValue })]
    [InlineData("INT64_LIST", new long[0])]
    [InlineData("FLOAT_LIST", new[] { 0.1f })]
    [InlineData("DOUBLE_LIST", new[] { 0.1 })]
    [InlineData("BOOL_LIST", new[] { true, false })]
    [InlineData("UNIX_TIMESTAMP_LIST", new[] { 1L, 2L })]
    public void Every_type_is_read_back_as_written(string type, object value) => Assert.Equal(value, ReadBack(FieldTypes.ByName[type], value));

    [Fact]
    public void Bytes_are_read_back_as_written()
    {
        Assert.Equal(new byte[] { 0, 255 }, ReadBack(FieldType.Bytes, new byte[] { 0, 255 }));
        Assert.Equal(new byte[][] { [], [1, 2] }, ReadBack(FieldType.BytesList, new byte[][] { [], [1, 2] }));
    }

    [Fact]
    public void Fifty_floats_take_220_bytes()
    {
        var layout = Layout([.. Enumerable.Repeat(FieldType.Float, 50)]);
        Assert.Equal(1 + 8 + 4 + 7 + 200, layout.Pack(July, TimeSpan.Zero, [.. Enumerable.Repeat<object?>(1f, 50)]).Length);
    }

    [Fact]
    public void Of_two_rows_the_newer_has_the_greater_bytes()
    {
        var layout = Layout(FieldType.Int32);
        byte[] Row(DateTimeOffset time, double lagMilliseconds, int value) => layout.Pack(time, TimeSpan.FromMilliseconds(lagMilliseconds), [value]);
        byte[][] ascending =
        [
            Row(DateTimeOffset.MinValue, 0, 9), Row(DateTimeOffset.UnixEpoch.AddTicks(-10), 0, 9), Row(DateTimeOffset.UnixEpoch, 0, 9), Row(July, 0, 9), Row(July, 1, 1), Row(July, 1, 2),
            Row(July, TimeSpan.FromDays(60).TotalMilliseconds, 0), Row(July.AddTicks(10), 0, 0), Row(DateTimeOffset.MaxValue, 0, 0),
        ];
        Assert.Equal(ascending, ascending.Reverse().Order(Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddTicks(-10), DateTimeOffset.UnixEpoch.AddMicroseconds(RowLayout.EventTime(ascending[1])));
    }

    [Fact]
    public void What_is_no_row_of_the_layout_is_not_valid()
    {
        var layout = Layout(FieldType.String, FieldType.StringList, FieldType.DoubleList);
        var row = layout.Pack(July, TimeSpan.Zero, ["ORD", new[] { "A" }, new[] { 1.5 }]);
        Assert.True(layout.IsValid(row));
        for (var length = 0; length < row.Length; length++)
        {
            Assert.False(layout.IsValid(row.AsSpan(0, length)), $"{length} bytes");
        }
        Assert.False(layout.IsValid([.. row, 0]));
        Assert.False(layout.IsValid([2, .. row[1..]]));
        foreach (var at in new[] { 14, 18, 22, 29 })
        {
            var changed = row.ToArray();
            changed[at + 3] = 0x7F; // the end of a value, or the length of a text in a list, far away
            Assert.False(layout.IsValid(changed), $"byte {at + 3}");
        }
    }

    [Fact]
    public void The_version_changes_with_what_decides_whose_a_row_is_and_what_its_bytes_mean()
    {
        RowFeature a = new("a", FieldType.Float, false, null, null), b = new("b", FieldType.Float, false, null, null);
        Field driver = new("driver", FieldType.Int64), city = new("city", FieldType.String);
        var shifts = new PushSource("shifts", "event_time", [driver, new Field("substitute", FieldType.Int64), city]);
        var view = new RowView("v", new Entity("e", [driver, city]), new ViewSource(shifts, ["driver", "city"]), TimeSpan.FromHours(1), TimeSpan.FromDays(1), [a, b]);
        RowView[] others =
        [
            view, view with { Row = [b, a] }, view with { Row = [a] }, view with { Row = [a, b with { Name = "c" }] }, view with { Row = [a, b with { Type = FieldType.Double }] },
            view with { From = new ViewSource(shifts, ["substitute", "city"]) }, view with { From = new ViewSource(shifts with { EventTime = "made" }, ["driver", "city"]) }, view with { From = new ViewSource(shifts with { Name = "rides" }, ["driver", "city"]) },
            view with { From = null }, view with { Entity = new Entity("e", [city, driver]) }, view with { Entity = new Entity("e", [driver with { Name = "guest" }, city]) }, view with { Entity = new Entity("e", [driver with { Type = FieldType.Int32 }, city]) },
        ];
        var versions = Array.ConvertAll(others, RowLayout.Version);
        Assert.Equal(versions.Length, versions.Distinct().Count());
        Assert.Equal(versions[0], RowLayout.Version(view with { Name = "w", Ttl = TimeSpan.FromHours(2), Row = [a with { NotNull = true, Range = new ValueRange(0, 1) }, b] }));
    }

    [Fact]
    public void The_version_is_the_hash_of_these_lines()
    {
        // printf '1\nkey:driver_id:INT64\nsource:shifts:event_timestamp\njoin:driver\nrating:FLOAT\n' | sha256sum
        var shifts = new PushSource("shifts", "event_timestamp", [new Field("driver", FieldType.Int64)]);
        Assert.Equal("67911c1a", RowLayout.Version(new RowView("v", new Entity("driver", [new Field("driver_id", FieldType.Int64)]), new ViewSource(shifts, ["driver"]), TimeSpan.FromHours(1), TimeSpan.FromDays(1), [new RowFeature("rating", FieldType.Float, false, null, null)])));
    }

    private static object? ReadBack(FieldType type, object value)
    {
        var layout = Layout(FieldType.String, type, FieldType.StringList);
        var row = layout.Pack(July, TimeSpan.Zero, ["before", value, new[] { "after" }]);
        Assert.True(layout.IsValid(row));
        var column = PackedValue.Column(type, 2);
        PackedValue.Read(type, layout.Value(row, 1), column, 1);
        return column.GetValue(1);
    }

    private static RowLayout Layout(params FieldType[] types) => new([.. types.Select((type, i) => new RowFeature($"v{i}", type, false, null, null))]);
}
