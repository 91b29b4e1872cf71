using System.Buffers;
using System.Text;
using System.Text.Json;

namespace MlAspire.FeatureStore.Online;

/// <summary>Columns of values as JSON arrays: numbers and texts as they are, bytes as base64, lists as arrays, null where there is no value.</summary>
internal static class ColumnJson
{
    /// <param name="values">Shape [rows], of one of the types of <see cref="Rows.PackedValue"/>.</param>
    /// <param name="statuses">Shape [rows]; says which values are there.</param>
    public static void WriteValues(Utf8JsonWriter json, Array values, FieldStatus[] statuses)
    {
        json.WriteStartArray();
        switch (values)
        {
            case double[] column: Write(json, column, statuses, Write); break;
            case float[] column: Write(json, column, statuses, Write); break;
            case long[] column: Write(json, column, statuses, static (writer, value) => writer.WriteNumberValue(value)); break;
            case int[] column: Write(json, column, statuses, static (writer, value) => writer.WriteNumberValue(value)); break;
            case bool[] column: Write(json, column, statuses, static (writer, value) => writer.WriteBooleanValue(value)); break;
            case string[] column: Write(json, column, statuses, static (writer, value) => writer.WriteStringValue(value)); break;
            case byte[][] column: Write(json, column, statuses, static (writer, value) => writer.WriteBase64StringValue(value)); break;
            case Array[] column: Write(json, column, statuses, WriteList); break;
            default: throw new InvalidOperationException($"A column of {values.GetType()} has no JSON.");
        }
        json.WriteEndArray();
    }

    /// <summary>One value of BYTES or a list as text: base64, or a JSON array.</summary>
    public static string Text(Array values, int row)
    {
        if (values is byte[][] bytes)
        {
            return Convert.ToBase64String(bytes[row]);
        }
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            WriteList(json, ((Array[])values)[row]);
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write<T>(Utf8JsonWriter json, T[] values, FieldStatus[] statuses, Action<Utf8JsonWriter, T> write)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (FieldStatuses.HasValue(statuses[i]))
            {
                write(json, values[i]);
            }
            else
            {
                json.WriteNullValue();
            }
        }
    }

    private static void Write(Utf8JsonWriter json, double value)
    {
        Span<byte> text = stackalloc byte[ShortDecimal.MaxLength];
        if (ShortDecimal.Format(value, text) is > 0 and var length)
        {
            json.WriteRawValue(text[..length], skipInputValidation: true);
        }
        else
        {
            json.WriteNumberValue(value);
        }
    }

    private static void Write(Utf8JsonWriter json, float value)
    {
        Span<byte> text = stackalloc byte[ShortDecimal.MaxLength];
        if (ShortDecimal.Format(value, text) is > 0 and var length)
        {
            json.WriteRawValue(text[..length], skipInputValidation: true);
        }
        else
        {
            json.WriteNumberValue(value);
        }
    }

    private static void WriteList(Utf8JsonWriter json, Array list) => WriteValues(json, list, new FieldStatus[list.Length]);
}
