using System.Globalization;

namespace MlAspire.FeatureStore.Online;

/// <summary>A value of a row of a write, as problems name it: <c>df.delay_minutes[3]</c>, <c>df.tags[3][1]</c>, or <c>df[3]</c>, the whole row.</summary>
/// <param name="Element">Of a list; null = the value.</param>
internal readonly record struct RowField(string Column, int Row, int? Element = null)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Column}[{Row}]{(Element is { } element ? $"[{element}]" : "")}");
}
