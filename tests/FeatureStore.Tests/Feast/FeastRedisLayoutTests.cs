using System.Text;
using MlAspire.FeatureStore.Feast;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Tests.Feast;

/// <summary>Expected: bytes that Feast's own Python code gave, and those of Feast's unit tests.</summary>
public sealed class FeastRedisLayoutTests
{
    [Theory]
    [InlineData("flights", "driver_id INT64", "1001", "0100000002000000090000006472697665725f69640400000008000000e903000000000000666c6967687473")]
    [InlineData("flights", "origin STRING", "ORD", "0100000002000000060000006f726967696e02000000030000004f5244666c6967687473")]
    [InlineData("flights", "origin STRING, destination STRING", "ORD-LAX", "02000000020000000b00000064657374696e6174696f6e02000000060000006f726967696e02000000030000004c415802000000030000004f5244666c6967687473")]
    [InlineData("test", "entity INT32", "1", "010000000200000006000000656e7469747903000000040000000100000074657374")]
    [InlineData("test", "entity INT32", "%2D1", "010000000200000006000000656e74697479030000000400000" + "0ffffffff74657374")] // a hyphen is escaped in our text
    [InlineData("flights", "", "_", "01000000020000000a0000005f5f64756d6d795f69640200000000000000666c6967687473")] // by hand: __dummy_id, STRING ""
    public void Keys_are_Feasts(string project, string joinKeys, string entity, string expected)
    {
        Field[] keys = [.. joinKeys.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(key => new Field(key.Split(' ')[0], FieldTypes.ByName[key.Split(' ')[1]]))];
        Assert.Equal(expected, Convert.ToHexStringLower(Layout(project, keys).Key(entity)));
    }

    [Theory]
    [InlineData("origin_stats:mean_delay_1h", "034362ab")]
    [InlineData("origin_stats:share_late_3h", "ca742f31")]
    [InlineData("driver_hourly_stats:conv_rate", "6160e3da")]
    [InlineData("feature_view_1:feature_10", "266d5f39")]
    [InlineData("feature_view_1:feature_11", "c3379abf")]
    [InlineData("feature_view_1:feature_12", "7772b564")]
    public void Fields_are_Feasts(string feature, string expected) =>
        Assert.Equal(expected, Convert.ToHexStringLower(BitConverter.GetBytes(Murmur3.Hash(Encoding.UTF8.GetBytes(feature)))));

    public static readonly TheoryData<string, object?, string> Values = new()
    {
        { "DOUBLE", 12.5, "290000000000002940" }, { "FLOAT", 0.25f, "350000803e" }, { "INT64", 300L, "20ac02" }, { "INT64", -1L, "20ffffffffffffffffff01" }, { "INT32", -1, "18ffffffffffffffffff01" },
        { "STRING", "ORD", "12034f5244" }, { "BOOL", true, "3801" }, { "BOOL", false, "3800" }, { "INT32", 0, "1800" }, { "BYTES", new byte[] { 1, 2 }, "0a020102" }, { "UNIX_TIMESTAMP", 300L, "40ac02" }, { "DOUBLE", null, "980100" },
        { "FLOAT_LIST", new[] { 0.25f, 1 }, "82010a0a080000803e0000803f" }, { "INT64_LIST", new[] { 300L, -1 }, "720e0a0cac02ffffffffffffffffff01" }, { "STRING_LIST", new[] { "a", "" }, "62050a01610a00" },
        { "DOUBLE_LIST", new[] { 12.5 }, "7a0a0a080000000000002940" }, { "BOOL_LIST", new[] { true, false }, "8a01040a020100" }, { "INT32_LIST", Array.Empty<int>(), "6a00" },
        { "BYTES_LIST", new[] { new byte[] { 7 } }, "5a030a0107" }, { "UNIX_TIMESTAMP_LIST", new[] { 300L }, "9201040a02ac02" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Values_are_Feasts_and_come_back(string type, object? value, string expected)
    {
        Assert.Equal(expected, Convert.ToHexStringLower(FeastValue.Encode(FieldTypes.ByName[type], value)));
        Assert.Equal(value, FeastValue.Decode(FieldTypes.ByName[type], Convert.FromHexString(expected)));
    }

    [Theory]
    [InlineData("FLOAT_LIST", "82010a0d0000803e0d0000803f", new[] { 0.25f, 1 })] // not packed, as an old writer may
    [InlineData("INT64_LIST", "720308ac02", new[] { 300L })]
    [InlineData("DOUBLE", "", null)]
    [InlineData("DOUBLE", "29000000000000f87f", null)] // NaN
    [InlineData("FLOAT", "35000080ff", null)] // minus infinity
    [InlineData("FLOAT_LIST", "82010a0a080000c07f0000803f", null)] // NaN, 1
    public void What_Feast_leaves_open_is_read(string type, string message, object? expected) => Assert.Equal(expected, FeastValue.Decode(FieldTypes.ByName[type], Convert.FromHexString(message)));

    [Theory]
    [InlineData("DOUBLE", "20ac02")] // an INT64
    [InlineData("DOUBLE", "290000")]
    [InlineData("INT64", "20ff")]
    [InlineData("STRING", "12ff")]
    [InlineData("STRING", "13")]
    [InlineData("FLOAT_LIST", "8201040a020000")]
    public void What_is_no_such_value_is_refused(string type, string message) => Assert.Throws<InvalidDataException>(() => FeastValue.Decode(FieldTypes.ByName[type], Convert.FromHexString(message)));

    [Theory]
    [InlineData("2001-07-01T00:00:00Z", "0880d0f9d903")]
    [InlineData("2001-07-01T00:00:00.123Z", "0880d0f9d90310c0a9d33a")]
    [InlineData("1970-01-01T00:00:00Z", "")]
    [InlineData("1969-12-31T23:59:59.5Z", "08ffffffffffffffffff011080cab5ee01")]
    public void Event_times_are_Feasts_and_come_back(string time, string expected)
    {
        var (layout, moment) = (Layout("test", [new("entity", FieldType.Int32)]), DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture));
        var row = new FeatureStore.Rows.RowLayout([new RowFeature("value", FieldType.Double, false, null, null)]).Pack(moment, TimeSpan.Zero, [12.5]);
        var encoded = layout.Encode(row);
        Assert.Equal(["290000000000002940", expected], encoded.Select(Convert.ToHexStringLower));
        Assert.Equal(row, layout.Decode(encoded));
        Assert.Empty(layout.Decode([encoded[0], null]));
        Assert.Equal([0], layout.Decode([encoded[1], [8]]));
    }

    private static FeastRedisLayout Layout(string project, Field[] keys) =>
        new(new RowView("stats", new Entity("entity", keys), null, TimeSpan.FromHours(1), TimeSpan.FromDays(1), [new RowFeature("value", FieldType.Double, false, null, null)]), project);
}
