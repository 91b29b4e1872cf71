using System.Globalization;

namespace MlAspire.Benchmarks.Report;

/// <summary>A figure and the bound that it must keep.</summary>
/// <param name="Name">What was measured, and against what.</param>
/// <param name="Value">Median of the rounds.</param>
/// <param name="AtLeast">True: <paramref name="Value"/> must not be below <paramref name="Bound"/>; false: not above.</param>
internal sealed record Bar(string Name, double Value, double Bound, bool AtLeast, string Unit = "")
{
    /// <summary>A figure that could not be measured (NaN) is a bar missed.</summary>
    public bool Holds => AtLeast ? Value >= Bound : Value <= Bound;

    public static Bar Least(string name, double value, double bound, string unit = "") => new(name, value, bound, AtLeast: true, unit);

    public static Bar Most(string name, double value, double bound, string unit = "") => new(name, value, bound, AtLeast: false, unit);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Holds ? "pass" : "MISS")}  {Value,8:0.00}  {(AtLeast ? ">=" : "<=")} {Bound,-7:0.00}{Unit,-4} {Name}");
}
