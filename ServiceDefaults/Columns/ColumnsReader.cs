using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.Columns;

/// <summary>Reads a body of columns. Nothing is allocated before the bytes for it are there.</summary>
public ref struct ColumnsReader(ReadOnlySpan<byte> bytes)
{
    /// <summary>Of a request.</summary>
    private const int MostColumns = 64;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> all = bytes;
    private int position;

    /// <summary>The rows, the header and the columns, by distinct names; all columns have as many values as there are rows.</summary>
    /// <exception cref="ServiceError">InvalidArgument (field <c>body</c>): the bytes are not of the form, or there are more than <paramref name="maxRows"/> rows or <paramref name="maxColumns"/> columns.</exception>
    public static (int Rows, byte[] Header, IReadOnlyList<Column> Columns) Read(ReadOnlySpan<byte> bytes, int maxRows, int maxColumns = MostColumns) => new ColumnsReader(bytes).ReadAll(maxRows, maxColumns);

    private (int Rows, byte[] Header, IReadOnlyList<Column> Columns) ReadAll(int maxRows, int maxColumns)
    {
        if (!Take(Column.Magic.Length).SequenceEqual(Column.Magic))
        {
            throw Wrong("does not begin with MLC1");
        }

        var header = Take(UInt32()).ToArray();
        var rows = UInt32();
        if (rows > maxRows)
        {
            throw Wrong($"has {rows} rows; at most {maxRows} are allowed");
        }

        var count = BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));
        if (count > maxColumns)
        {
            throw Wrong($"has {count} columns; at most {maxColumns} are allowed");
        }

        var (columns, names) = (new List<Column>(), new HashSet<string>());
        for (var i = 0; i < count; i++)
        {
            columns.Add(ReadColumn((int)rows));
            if (!names.Add(columns[i].Name))
            {
                throw Wrong($"has column {i} twice");
            }
        }

        return position == all.Length ? ((int)rows, header, columns) : throw Wrong("goes on after its last column");
    }

    private Column ReadColumn(int rows)
    {
        var type = Take(1)[0];
        var name = TextOf(Take(Take(1)[0])) ?? throw Wrong("has a column whose name is not UTF-8");
        return type switch
        {
            NumberColumn.Type => new NumberColumn(name, Values<double>(rows)),
            TimeColumn.Type => new TimeColumn(name, Times(rows)),
            TextColumn.Type => new TextColumn(name, Texts(rows)),
            FloatColumn.Type => new FloatColumn(name, Values<float>(rows)),
            WholeNumberColumn.Type => new WholeNumberColumn(name, Values<long>(rows)),
            ByteColumn.Type => new ByteColumn(name, Values<byte>(rows)),
            _ => throw Wrong($"has a column of the unknown type {type}"),
        };
    }

    private T[] Values<T>(int rows)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Take((long)rows * Unsafe.SizeOf<T>())).ToArray();

    private DateTimeOffset?[] Times(int rows)
    {
        var values = Take((long)rows * TimeColumn.ValueBytes);
        var times = new DateTimeOffset?[rows];
        for (var row = 0; row < rows; row++)
        {
            var value = values.Slice(row * TimeColumn.ValueBytes, TimeColumn.ValueBytes);
            times[row] = TimeOf(BinaryPrimitives.ReadInt64LittleEndian(value), BinaryPrimitives.ReadInt16LittleEndian(value[sizeof(long)..]));
        }

        return times;
    }

    private string?[] Texts(int rows)
    {
        var ends = MemoryMarshal.Cast<byte, uint>(Take((long)rows * sizeof(uint)));
        var texts = new string?[rows];
        uint start = 0;
        for (var row = 0; row < rows; row++)
        {
            var end = ends[row];
            texts[row] = TextOf(end >= start ? Take(end - start) : throw Wrong("has a text that ends before it begins"));
            start = end;
        }

        return texts;
    }

    private static DateTimeOffset? TimeOf(long microseconds, short offsetMinutes)
    {
        const long Most = 253_402_300_799_999_999; // the end of 9999
        var utc = microseconds is >= -Most and <= Most ? DateTime.UnixEpoch.Ticks + (microseconds * TimeSpan.TicksPerMicrosecond) : -1;
        var local = utc + (offsetMinutes * TimeSpan.TicksPerMinute);
        return utc >= 0 && Math.Abs((int)offsetMinutes) <= 14 * 60 && local >= 0 && local <= DateTime.MaxValue.Ticks ? new(local, TimeSpan.FromMinutes(offsetMinutes)) : null;
    }

    private static string? TextOf(ReadOnlySpan<byte> text)
    {
        try
        {
            return Strict.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count > all.Length - position)
        {
            throw Wrong($"ends too early: {count} bytes are missing or cut");
        }

        position += (int)count;
        return all.Slice(position - (int)count, (int)count);
    }

    private readonly ServiceError Wrong(string what) => new(ErrorCode.InvalidArgument, $"The body {what} (byte {position}).", "body");
}
