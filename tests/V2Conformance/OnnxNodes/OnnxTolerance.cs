namespace MlAspire.V2Conformance;

/// <summary>When an answer is the expected one, as ONNX's own backend tests see it: datatype and shape are the same, strings, integers and booleans equal, floats within 1e-7 + 1e-3 of the expected magnitude, NaN is NaN.</summary>
internal static class OnnxTolerance
{
    private const double Relative = 1e-3;
    private const double Absolute = 1e-7;
    private const string Instead = " is ";

    /// <returns>The first difference; null when there is none.</returns>
    public static string? Difference(V2Tensor expected, V2Output actual)
    {
        var shape = string.Join(',', expected.Shape);
        if ((expected.Name, expected.Datatype, shape) != (actual.Name, actual.Datatype, actual.Shape))
        {
            return $"expected {expected.Name} {expected.Datatype} [{shape}], got {actual.Name} {actual.Datatype} [{actual.Shape}]";
        }

        object[] values = [.. OnnxTensors.Raw(actual.Datatype, Convert.FromHexString(actual.Bytes))];
        if (values.Length != expected.Values.Length)
        {
            return $"{actual.Name} has {values.Length} elements, not {expected.Values.Length}";
        }

        var first = Enumerable.Range(0, values.Length).FirstOrDefault(i => !Equal(expected.Values[i], values[i]), -1);
        return first < 0 ? null : $"{actual.Name}[{first}]{Instead}{values[first]}, not {expected.Values[first]}";
    }

    /// <summary>True for a <see cref="Difference"/> of values alone: name, datatype, shape and count are as expected.</summary>
    public static bool IsOfNumbers(string difference) => difference.Contains($"]{Instead}", StringComparison.Ordinal);

    private static bool Equal(object expected, object actual) => expected is not double number || actual is not double answer ? expected.Equals(actual)
        : number.Equals(answer) || Math.Abs(answer - number) <= Absolute + (Relative * Math.Abs(number));
}
