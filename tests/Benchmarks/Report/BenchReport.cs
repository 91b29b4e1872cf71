using System.Runtime.InteropServices;
using System.Text.Json;

namespace MlAspire.Benchmarks.Report;

/// <summary>What a run has found, as a table for people and as a JSON file.</summary>
internal sealed class BenchReport
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public List<Figure> Figures { get; } = [];

    public List<Bar> Bars { get; } = [];

    public bool Holds => Bars.TrueForAll(bar => bar.Holds);

    public void Write(TextWriter text, string path)
    {
        text.WriteLine($"\n{"model",-18}{"server",-10}{"conn",4}  {"p50 us",10} {"p99 us",10} {"answers/s",10}");
        Figures.ForEach(figure => text.WriteLine(figure));
        text.WriteLine($"\n      {"value",8}  {"bar",-14} what");
        Bars.ForEach(bar => text.WriteLine(bar));
        text.WriteLine($"\n{Bars.Count(bar => bar.Holds)} of {Bars.Count} bars hold; {path}");
        var machine = new { Environment.ProcessorCount, System = RuntimeInformation.OSDescription, Runtime = RuntimeInformation.FrameworkDescription };
        File.WriteAllText(path, JsonSerializer.Serialize(new { At = TimeProvider.System.GetUtcNow(), Machine = machine, Figures, Bars }, Json));
    }
}
