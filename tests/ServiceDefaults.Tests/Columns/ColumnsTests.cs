using MlAspire.ServiceDefaults.Columns;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.Tests.Columns;

/// <summary>The bytes of docs/columns.md.</summary>
public sealed class ColumnsTests
{
    // The example of docs/columns.md, written by hand: 761 is 1.486328125 · 2^9, so 40 87 C8 and zeros.
    private static readonly byte[] Example = Convert.FromHexString("4D4C433100000000010000000100" + "0115696E707574732E64697374616E63655F6D696C6573" + "0000000000C88740");

    private static readonly Column[] Columns =
    [
        new NumberColumn("n", [0, -1.5, double.NaN]),
        new TimeColumn("t", [new(2001, 3, 1, 8, 5, 0, TimeSpan.FromHours(-5)), DateTimeOffset.UnixEpoch, new(1, 1, 1, 14, 0, 0, TimeSpan.FromHours(14))]),
        new TextColumn("s", ["ATL", "", "Zürich 東京"]),
        new FloatColumn("f", [0.25f, float.NaN, -1]),
        new WholeNumberColumn("w", [long.MinValue, -1, 240]),
        new ByteColumn("b", [0, 4, 255]),
    ];

    [Fact]
    public void The_example_of_the_document_is_one_flight_of_761_miles()
    {
        var (rows, header, columns) = ColumnsReader.Read(Example, 1_000);

        Assert.Equal((1, 0), (rows, header.Length));
        var column = Assert.IsType<NumberColumn>(Assert.Single(columns));
        Assert.Equal(("inputs.distance_miles", 761), (column.Name, Assert.Single(column.Values)));
        Assert.Equal(Example, ColumnsWriter.Write([], 1, [column]));
    }

    [Fact]
    public void A_time_is_its_microseconds_in_UTC_and_its_offset_in_minutes()
    {
        var bytes = ColumnsWriter.Write([], 1, [new TimeColumn("t", [new(1970, 1, 1, 0, 0, 1, TimeSpan.FromHours(-5))])]);

        // Midnight and one second in New York is 18,001 s into the epoch: 18,001,000,000 µs = 0x4_30F1_7640; −300 minutes = 0xFED4.
        Assert.Equal("4076F13004000000" + "D4FE", Convert.ToHexString(bytes.AsSpan(^10..)));
    }

    [Fact]
    public void Texts_are_where_they_end_and_then_their_bytes() =>
        Assert.Equal("020000000200000003000000" + "C3BC41", Convert.ToHexString(ColumnsWriter.Write([], 3, [new TextColumn("t", ["ü", "", "A"])]).AsSpan(^15..)));

    [Fact]
    public void Numbers_of_32_bits_whole_ones_and_bytes_are_little_endian() =>
        Assert.Equal(
            "0401660000803E" + "050177FEFFFFFFFFFFFFFF" + "06016204", // 0.25 is 1 · 2^-2: 3E 80 00 00
            Convert.ToHexString(ColumnsWriter.Write([], 1, [new FloatColumn("f", [0.25f]), new WholeNumberColumn("w", [-2]), new ByteColumn("b", [4])]).AsSpan(14..)));

    [Fact]
    public void What_is_written_is_read_back()
    {
        var bytes = ColumnsWriter.Write("{}"u8, 3, Columns);
        var (rows, header, columns) = ColumnsReader.Read(bytes, 3);

        Assert.Equal(bytes.Length, ColumnsWriter.LengthOf("{}"u8, Columns));
        Assert.Equal((3, "{}"), (rows, System.Text.Encoding.UTF8.GetString(header)));
        Assert.Equal(["n", "t", "s", "f", "w", "b"], columns.Select(column => column.Name));
        Assert.Equal(((NumberColumn)Columns[0]).Values, ((NumberColumn)columns[0]).Values);
        Assert.Equal(((TimeColumn)Columns[1]).Values.Select(time => (time, time?.Offset)), ((TimeColumn)columns[1]).Values.Select(time => (time, time?.Offset)));
        Assert.Equal(((TextColumn)Columns[2]).Values, ((TextColumn)columns[2]).Values);
        Assert.Equal(((FloatColumn)Columns[3]).Values, ((FloatColumn)columns[3]).Values);
        Assert.Equal(((WholeNumberColumn)Columns[4]).Values, ((WholeNumberColumn)columns[4]).Values);
        Assert.Equal(((ByteColumn)Columns[5]).Values, ((ByteColumn)columns[5]).Values);
    }

    [Fact]
    public void Cut_anywhere_or_longer_by_a_byte_it_is_refused()
    {
        var whole = ColumnsWriter.Write("{}"u8, 3, Columns);

        Assert.All(Enumerable.Range(0, whole.Length), length => Assert.Equal("body", ErrorOf(whole[..length]).Errors.Single().Field));
        Assert.Contains("goes on after its last column", ErrorOf([.. whole, 0]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_a_byte_becomes_it_is_read_or_refused()
    {
        var whole = ColumnsWriter.Write("{}"u8, 3, Columns);
        var refused = 0;
        for (var at = 0; at < whole.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                byte[] changed = [.. whole];
                changed[at] = (byte)value;
                try
                {
                    ColumnsReader.Read(changed, 1_000);
                }
                catch (ServiceError e) when (e.Code == ErrorCode.InvalidArgument)
                {
                    refused++;
                }
            }
        }

        Assert.InRange(refused, 5_000, 255 * whole.Length);
    }

    [Theory]
    [InlineData(2, "has 3 rows; at most 2 are allowed (byte 12)")]
    [InlineData(0, "has 3 rows; at most 0 are allowed (byte 12)")]
    public void More_rows_than_allowed_are_refused_before_they_are_read(int most, string problem) =>
        Assert.Equal($"The body {problem}.", Assert.Throws<ServiceError>(() => ColumnsReader.Read(ColumnsWriter.Write([], 3, Columns), most)).Message);

    [Fact]
    public void Four_thousand_million_rows_that_are_not_there_take_no_memory()
    {
        byte[] bytes = [.. Example];
        bytes.AsSpan(8, 4).Fill(0xFF);

        Assert.Contains("has 4294967295 rows", ErrorOf(bytes).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_there_once() => Assert.Contains("has column 1 twice", ErrorOf(ColumnsWriter.Write([], 0, [new NumberColumn("a", []), new TextColumn("a", [])])).Message, StringComparison.Ordinal);

    [Fact]
    public void Values_that_are_none_are_null()
    {
        var times = ColumnsWriter.Write([], 1, [new TimeColumn("t", [DateTimeOffset.UnixEpoch])]);
        times[^1] = 0x7F; // an offset of 32,512 minutes
        var texts = ColumnsWriter.Write([], 1, [new TextColumn("s", ["A"])]);
        texts[^1] = 0xFF; // begins no letter

        Assert.Null(((TimeColumn)ColumnsReader.Read(times, 1).Columns[0]).Values[0]);
        Assert.Null(((TextColumn)ColumnsReader.Read(texts, 1).Columns[0]).Values[0]);
    }

    private static ServiceError ErrorOf(byte[] bytes) => Assert.Throws<ServiceError>(() => ColumnsReader.Read(bytes, 1_000));
}
