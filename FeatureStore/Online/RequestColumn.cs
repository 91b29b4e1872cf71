using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.FeatureStore.Registry;
using MlAspire.FeatureStore.Transforms;

namespace MlAspire.FeatureStore.Online;

/// <summary>One column of a request, in whichever form it came. Immutable.</summary>
[JsonConverter(typeof(RequestColumnConverter))]
public sealed class RequestColumn
{
    private readonly RequestValue[]? values;

    /// <param name="values">Null when it was no array.</param>
    internal RequestColumn(RequestValue[]? values) => this.values = values;

    internal bool IsArray => values is not null;

    /// <summary>Values; more than <see cref="OnlineRows.MaxRows"/> count as one more.</summary>
    internal int Rows => values?.Length ?? 0;

    /// <summary>The column with its whole numbers as texts.</summary>
    internal RequestColumn AsTexts() => new(values is null ? null : Array.ConvertAll(values, value => value.Number is { } number ? new RequestValue(number.ToString(CultureInfo.InvariantCulture)) : value));

    /// <summary>The values as they came: whole numbers when all are such, else texts, null where it is none.</summary>
    internal Array AsGiven() => Array.TrueForAll(values ?? [], value => value.Number is not null) ? Array.ConvertAll(values ?? [], value => value.Number!.Value) : Array.ConvertAll(AsTexts().values!, value => value.Text);

    /// <summary>A join key as text: the string of 1 to 128 characters, or the whole number in decimal; "" when it is no value of the type (noted in <paramref name="problems"/>).</summary>
    internal string Entity(FieldProblems problems, string column, FieldType type, int row)
    {
        var value = values![row];
        if (type == FieldType.String && value.Text is { Length: > 0 and <= EntityValue.MaxLength } text)
        {
            return text;
        }
        if (type != FieldType.String && value.Number is { } number && (type == FieldType.Int64 || number == (int)number))
        {
            return number.ToString(CultureInfo.InvariantCulture);
        }
        problems.Add($"{column}[{row}]", type switch
        {
            FieldType.String => $"must be a string of 1 to {EntityValue.MaxLength} characters",
            FieldType.Int64 => "must be a whole number of 64 bits",
            _ => "must be a whole number of 32 bits",
        });
        return "";
    }

    /// <summary>A value for transforms, NaN = null; also NaN when it is no value of the type (noted in <paramref name="problems"/>).</summary>
    internal double Input(FieldProblems problems, string column, FieldType type, int row)
    {
        var value = values![row];
        if (value.IsNull)
        {
            return double.NaN;
        }
        var number = value.Truth is { } truth && type == FieldType.Bool ? (truth ? 1 : 0) : value.Real ?? value.Number;
        if (number is { } given && RequestInputs.Of(type, given) is { } input)
        {
            return input;
        }
        problems.Add($"{column}[{row}]", RequestInputs.Expected(type));
        return double.NaN;
    }

    /// <summary>A moment; the default when it is none (noted in <paramref name="problems"/>).</summary>
    internal DateTimeOffset Moment(FieldProblems problems, string column, int row)
    {
        if (values![row].Moment is { } moment)
        {
            return moment;
        }
        problems.Add($"{column}[{row}]", EventTime.Expected);
        return default;
    }
}

/// <summary>One value of a request, as what it can be read.</summary>
/// <param name="Number">A whole number.</param>
/// <param name="Real">Another number; NaN = null.</param>
internal readonly record struct RequestValue(string? Text = null, long? Number = null, DateTimeOffset? Moment = null, double? Real = null, bool? Truth = null)
{
    public bool IsNull => Real is double.NaN;
}

/// <summary>Reads a column of JSON without a tree of it; what is no array is noted, not refused, so that everything wrong with a request is named at once.</summary>
internal sealed class RequestColumnConverter : JsonConverter<RequestColumn>
{
    public override RequestColumn Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.TrySkip(); // true: a converter has the whole value, which Skip does not take for granted
            return new RequestColumn(null);
        }
        var values = new List<RequestValue>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (values.Count <= OnlineRows.MaxRows)
            {
                values.Add(Value(ref reader));
            }
            reader.TrySkip();
        }
        return new RequestColumn([.. values]);
    }

    public override void Write(Utf8JsonWriter writer, RequestColumn value, JsonSerializerOptions options) => throw new NotSupportedException("Requests are only read.");

    private static RequestValue Value(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => Text(ref reader) is { } text ? new RequestValue(text, Moment: EventTime.TryParse(text, out var moment) ? moment : null) : default,
        JsonTokenType.Number when WholeNumber.TryRead(ref reader, out var number) => new RequestValue(Number: number),
        JsonTokenType.Number when reader.TryGetDouble(out var number) => new RequestValue(Real: number),
        JsonTokenType.True or JsonTokenType.False => new RequestValue(Truth: reader.GetBoolean()),
        JsonTokenType.Null => new RequestValue(Real: double.NaN),
        _ => default,
    };

    private static string? Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            // An escaped half of a surrogate pair: JSON allows it, text does not.
            return null;
        }
    }
}
