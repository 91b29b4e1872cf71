using System.Text.Json;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.FeatureStore.Ingest;

/// <summary>A JSON value as a value of a type, which it must be one of.</summary>
internal static class ValueCheck
{
    public const int MaxBytes = 16_384;
    public const int MaxElements = 4_096;

    /// <summary>The value, of the type that <see cref="Rows.PackedValue"/> takes; null when it is none (noted in <paramref name="problems"/>).</summary>
    public static object? Read(FieldProblems problems, JsonElement json, FieldType type, RowField field)
    {
        if (!FieldTypes.IsList(type))
        {
            return One(problems, json, type, field);
        }
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() > MaxElements)
        {
            problems.Add(field, $"must be an array of at most {MaxElements} values");
            return null;
        }
        var list = Rows.PackedValue.Column(FieldTypes.ElementOf(type), json.GetArrayLength());
        foreach (var (index, element) in json.EnumerateArray().Index())
        {
            if (One(problems, element, FieldTypes.ElementOf(type), field with { Element = index }) is not { } value)
            {
                return null;
            }
            list.SetValue(value, index);
        }
        return list;
    }

    private static object? One(FieldProblems problems, JsonElement json, FieldType type, RowField field)
    {
        var value = ValueOf(type, json);
        if (value is null)
        {
            problems.Add(field, $"must be {Describe(type)}");
        }
        return value;
    }

    private static object? ValueOf(FieldType type, JsonElement json) => (type, json.ValueKind) switch
    {
        (FieldType.Bool, JsonValueKind.True) => true,
        (FieldType.Bool, JsonValueKind.False) => false,
        (FieldType.Int32, JsonValueKind.Number) => WholeNumber.TryRead(json, out var number) && number == (int)number ? (int)number : null,
        (FieldType.Int64 or FieldType.UnixTimestamp, JsonValueKind.Number) => WholeNumber.TryRead(json, out var number) ? number : null,
        (FieldType.UnixTimestamp, JsonValueKind.String) => EventTime.TryRead(json, out var time) ? time.ToUnixTimeSeconds() : null,
        (FieldType.Float, JsonValueKind.Number) => json.TryGetSingle(out var number) && float.IsFinite(number) ? number : null,
        (FieldType.Double, JsonValueKind.Number) => json.TryGetDouble(out var number) && double.IsFinite(number) ? number : null,
        (FieldType.String, JsonValueKind.String) => EntityValue.TextOf(json) is { Length: <= MaxBytes } text ? text : null,
        (FieldType.Bytes, JsonValueKind.String) => EntityValue.TextOf(json) is not null && json.TryGetBytesFromBase64(out var bytes) && bytes.Length <= MaxBytes ? bytes : null,
        _ => null,
    };

    private static string Describe(FieldType type) => type switch
    {
        FieldType.Bool => "true or false",
        FieldType.Int32 => "a whole number of 32 bits",
        FieldType.Int64 => "a whole number of 64 bits",
        FieldType.UnixTimestamp => "whole seconds since 1970, or an ISO 8601 time with its UTC offset",
        FieldType.String => $"a string of at most {MaxBytes} characters",
        FieldType.Bytes => $"at most {MaxBytes} bytes in base64",
        FieldType.Float => "a number within the range of 32 bits",
        _ => "a number",
    };
}
