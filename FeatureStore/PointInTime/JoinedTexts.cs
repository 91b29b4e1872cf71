using System.Collections.Concurrent;
using System.Text;
using MlAspire.FeatureStore.Online;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary>Numbers the joined values that are no numbers, the same ones the same, so that rows hold numbers alone: each different one is in memory once. Safe from several threads.</summary>
internal sealed class JoinedTexts
{
    private readonly ConcurrentDictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, byte[]> fields = new();
    private int last;

    /// <param name="value">A STRING, BYTES (as base64) or a list (as a JSON array), as <see cref="Rows.PackedValue"/> reads it.</param>
    public double NumberOf(object value) => numbers.GetOrAdd(TextOf(value), text =>
    {
        var number = Interlocked.Increment(ref last);
        fields[number] = Encoding.UTF8.GetBytes(Csv.CsvText.Of(text));
        return number;
    });

    /// <summary>The value as a field of a CSV file, UTF-8.</summary>
    public ReadOnlySpan<byte> CsvOf(double number) => fields[(int)number];

    private static string TextOf(object value) => value switch
    {
        string text => text,
        byte[] bytes => Convert.ToBase64String(bytes),
        _ => ColumnJson.Text(new[] { (Array)value }, 0),
    };
}
