using System.Runtime.InteropServices;
using MlAspire.Inference.Api.Protocol;

namespace MlAspire.Inference.Api.Models.Loading;

/// <summary>How far a floating-point answer may be from the expected one: <c>|actual - expected| &lt;= absolute + relative * |expected|</c>. Both default to 0: equal.</summary>
/// <remarks>NaN equals NaN, an infinity only itself; all other types must be equal whatever the tolerance.</remarks>
internal sealed record Tolerance(double Absolute = 0, double Relative = 0)
{
    /// <returns>Null when <paramref name="actual"/> is as expected; else what is different, with the first such element.</returns>
    public string? Difference(Tensor expected, Tensor actual)
    {
        if (actual.DataType != expected.DataType || !actual.Shape.AsSpan().SequenceEqual(expected.Shape))
        {
            return $"output '{expected.Name}' is {actual.DataType.Name()} {Shape.Text(actual.Shape)}, expected {expected.DataType.Name()} {Shape.Text(expected.Shape)}";
        }

        return expected.DataType switch
        {
            DataType.Fp64 => Difference<double>(expected, actual, value => value),
            DataType.Fp32 => Difference<float>(expected, actual, value => value),
            DataType.Fp16 => Difference<Half>(expected, actual, value => (double)value),
            DataType.Bf16 => Difference<ushort>(expected, actual, value => BFloat16.ToSingle(value)),
            _ => actual.Data.Span.SequenceEqual(expected.Data.Span) ? null : $"output '{expected.Name}' is not as expected",
        };
    }

    private string? Difference<T>(Tensor expected, Tensor actual, Func<T, double> number)
        where T : unmanaged
    {
        var wanted = MemoryMarshal.Cast<byte, T>(expected.Data.Span);
        var given = MemoryMarshal.Cast<byte, T>(actual.Data.Span);
        for (var i = 0; i < wanted.Length; i++)
        {
            if (!IsClose(number(wanted[i]), number(given[i])))
            {
                return FormattableString.Invariant($"output '{expected.Name}'[{i}] is {number(given[i])}, expected {number(wanted[i])}");
            }
        }

        return null;
    }

    private bool IsClose(double expected, double actual) =>
        expected.Equals(actual) || expected == actual || (double.IsFinite(expected) && Math.Abs(actual - expected) <= Absolute + (Relative * Math.Abs(expected)));
}
