using System.Globalization;

namespace MlAspire.Benchmarks.Report;

/// <summary>One server, or ONNX Runtime by itself, with one model at one number of connections; medians of the rounds.</summary>
/// <param name="Server"><c>mlaspire</c>, <c>floor</c>, <c>node</c> or <c>raw</c>.</param>
internal sealed record Figure(string Model, string Server, int Connections, double P50Microseconds, double P99Microseconds, double Rate)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Model,-18}{Server,-10}{Connections,4}  {P50Microseconds,10:0.0} {P99Microseconds,10:0.0} {Rate,10:0}");
}
