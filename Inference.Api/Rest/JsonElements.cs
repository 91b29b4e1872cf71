using System.Numerics;
using System.Text.Json;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Rest;

/// <summary>Reads one JSON value as an element; false when it is of the wrong kind or out of the type's range.</summary>
internal delegate bool ReadElement<T>(ref Utf8JsonReader reader, out T value);

/// <summary>JSON values as elements of each datatype, and back. Nothing wraps, and nothing finite becomes infinite.</summary>
/// <remarks>NaN and the infinities are the strings <c>"NaN"</c>, <c>"Infinity"</c>, <c>"-Infinity"</c> in both directions, because JSON has no numbers for them.
/// The bare words that some clients write are read too, see <see cref="BareNumbers"/>.</remarks>
internal static class JsonElements
{
    /// <summary>Integers are JSON integers: 1.0, 1e3 and true are refused.</summary>
    public static bool ReadInteger<T>(ref Utf8JsonReader reader, out T value)
        where T : IBinaryInteger<T>, IMinMaxValue<T>
    {
        value = T.Zero;
        if (reader.TokenType != JsonTokenType.Number)
        {
            return false;
        }

        if (T.IsZero(T.MinValue))
        {
            return reader.TryGetUInt64(out var unsigned) && TryConvert(unsigned, out value);
        }

        return reader.TryGetInt64(out var signed) && TryConvert(signed, out value);
    }

    public static bool ReadBool(ref Utf8JsonReader reader, out bool value)
    {
        value = reader.TokenType == JsonTokenType.True;
        return value || reader.TokenType == JsonTokenType.False;
    }

    public static bool ReadSingle(ref Utf8JsonReader reader, out float value)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return reader.TryGetSingle(out value) && float.IsFinite(value);
        }

        var read = ReadNamed(ref reader, out var named);
        value = (float)named;
        return read;
    }

    public static bool ReadDouble(ref Utf8JsonReader reader, out double value) => reader.TokenType == JsonTokenType.Number
        ? reader.TryGetDouble(out value) && double.IsFinite(value)
        : ReadNamed(ref reader, out value);

    public static bool ReadHalf(ref Utf8JsonReader reader, out Half value)
    {
        var read = ReadDouble(ref reader, out var wide);
        value = (Half)wide;
        return read && (Half.IsFinite(value) || !double.IsFinite(wide));
    }

    public static bool ReadBFloat16(ref Utf8JsonReader reader, out ushort value)
    {
        var read = ReadDouble(ref reader, out var wide);
        value = BFloat16.FromDouble(wide);
        return read && (float.IsFinite(BFloat16.ToSingle(value)) || !double.IsFinite(wide));
    }

    public static void Write(Utf8JsonWriter writer, double value)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            WriteNamed(writer, value);
        }
    }

    public static void Write(Utf8JsonWriter writer, float value)
    {
        if (float.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            WriteNamed(writer, value);
        }
    }

    private static bool TryConvert<TFrom, T>(TFrom from, out T value)
        where TFrom : IBinaryInteger<TFrom>
        where T : IBinaryInteger<T>
    {
        value = T.CreateTruncating(from);
        return TFrom.CreateTruncating(value) == from;
    }

    private static bool ReadNamed(ref Utf8JsonReader reader, out double value)
    {
        value = 0;
        if (reader.TokenType != JsonTokenType.String)
        {
            return false;
        }

        value = reader.ValueTextEquals("NaN"u8) ? double.NaN : reader.ValueTextEquals("Infinity"u8) ? double.PositiveInfinity : double.NegativeInfinity;
        return !double.IsNegativeInfinity(value) || reader.ValueTextEquals("-Infinity"u8);
    }

    private static void WriteNamed(Utf8JsonWriter writer, double value) =>
        writer.WriteStringValue(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "Infinity"u8 : "-Infinity"u8);
}
