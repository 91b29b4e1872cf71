using System.Text;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;
using MlAspire.ServiceDefaults.Files;

namespace MlAspire.FeatureStore.Tests.Offline;

public sealed class LogFrameTests
{
    [Fact]
    public void The_checksum_is_that_of_RFC_3720()
    {
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));
        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]));
    }

    [Fact]
    public void A_frame_has_the_bytes_that_its_documentation_says()
    {
        var frame = LogFrame.Encode(LogFolder.Landings(1, "radar", 7));
        LogFrame.Seal(frame, 3, DateTimeOffset.UnixEpoch.AddMilliseconds(1));
        // radar, offset 7; landings with origin STRING, destination STRING, delay_minutes INT32; 1 row at 2001-04-01T13:00:00Z: ATL, LAX, 20.
        var body = "0300000000000000" + "0100000000000000" + "057261646172" + "0700000000000000" + "086C616E64696E6773" + "0300"
            + "066F726967696E00" + "0B64657374696E6174696F6E00" + "0D64656C61795F6D696E7574657301" + "01000000"
            + Convert.ToHexString(BitConverter.GetBytes(new DateTime(2001, 4, 1, 13, 0, 0, DateTimeKind.Utc).Ticks)) + "0341544C" + "034C4158" + "14000000";
        Assert.Equal(Convert.ToHexString(Encoding.ASCII.GetBytes("FLG1")) + Convert.ToHexString(BitConverter.GetBytes(body.Length / 2))
            + Convert.ToHexString(BitConverter.GetBytes(Crc32C.Of(Convert.FromHexString(body)))) + body, Convert.ToHexString(frame));
    }

    [Fact]
    public void Values_of_every_type_come_back_as_they_were()
    {
        Field[] fields = [new("s", FieldType.String), new("i", FieldType.Int32), new("l", FieldType.Int64), new("f", FieldType.Float), new("d", FieldType.Double), new("b", FieldType.Bool)];
        var source = Targets(new FeatureRegistry("p", [], [new PushSource("all", "t", fields)], [], [])).Source("all")!;
        FieldValue[] values = ["é", int.MinValue, FieldValue.Of(long.MaxValue), 0.1f, 0.1, 1, new string('x', 300), int.MaxValue, FieldValue.Of(-1L), float.MaxValue, double.Epsilon, 0];
        DateTimeOffset[] times = [new(2001, 4, 1, 8, 0, 0, 123, TimeSpan.FromHours(-5)), DateTimeOffset.MaxValue];
        var frame = LogFrame.Encode(new PushedRows(source, times, values, null));
        LogFrame.Seal(frame, 41, DateTimeOffset.UnixEpoch);
        Assert.Equal(frame.Length, LogFrame.Measure(frame));

        var rows = LogFrame.Decode(frame, 0, frame.Length, "log.1");

        Assert.Equal(values, rows.Values);
        Assert.Equal(times.Select(time => time.UtcTicks), rows.EventTimes);
        Assert.Equal(fields, rows.Fields);
        Assert.Equal((41, "all", Offsets.OfLog("log.1", 41)), (rows.Sequence, rows.Source, rows.Offsets));
    }

    [Fact]
    public void Rows_of_row_views_come_back_with_their_types_and_nulls()
    {
        var target = Targets(RegistryFile.Parse(Encoding.UTF8.GetBytes(Rows.Drivers.Registry))).View("trip_price")!;
        object?[] stored = [12.5, false, new byte[] { 7, 8 }, new long[] { 1, -1 }, 5L];
        FieldValue[] values = ["NYC", FieldValue.Of(long.MaxValue), .. stored.Select(v => FieldValue.Of(v) with { Value = v }), "LA", FieldValue.Of(2L), default, default, default, default, default];
        var frame = LogFrame.Encode(new PushedRows(target, [DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch], values, null));
        var rows = LogFrame.Decode(frame, 0, frame.Length, "log.1").As(target)!;
        Assert.Equal(values.Select(v => v.Value), rows.Values.Select(v => v.Value));
        Assert.Equal(target.Rows[0].Key(values), target.Rows[0].Key(rows.Row(0)));
        Assert.Equal(target.Rows[0].Pack(DateTimeOffset.UnixEpoch, values.AsSpan(0, 7)), target.Rows[0].Pack(DateTimeOffset.UnixEpoch, rows.Row(0)));
        Assert.Equal(target.Rows[0].Pack(DateTimeOffset.UnixEpoch, values.AsSpan(7)), target.Rows[0].Pack(DateTimeOffset.UnixEpoch, rows.Row(1)));
    }

    [Fact]
    public void A_frame_with_any_bit_changed_is_not_whole()
    {
        var frame = LogFrame.Encode(LogFolder.Landings(2));
        LogFrame.Seal(frame, 0, DateTimeOffset.UnixEpoch);
        for (var bit = 0; bit < frame.Length * 8; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(0, LogFrame.Measure(frame));
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.Equal(frame.Length, LogFrame.Measure(frame));
    }

    private static PushTargets Targets(FeatureRegistry registry) => new(registry, new RedisKeys(registry));
}
