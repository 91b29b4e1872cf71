using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MlAspire.Benchmarks.Load;
using MlAspire.Benchmarks.Report;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.Ingest;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Online;
using MlAspire.FeatureStore.PointInTime;
using MlAspire.FeatureStore.Registry;

namespace MlAspire.Benchmarks.Features;

/// <summary><c>features join</c> from files to a file: as many events as rows, over 40 airports and 30 days, against reading the same files and writing as many bytes.</summary>
internal sealed class JoinBench(string output, int rounds, int rows)
{
    private const int Airports = 40;
    private const int PushRows = 2_000;
    private static readonly DateTimeOffset First = new(2001, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly BenchReport report = new();
    private readonly TimeSpan step = TimeSpan.FromDays(30) / rows;

    /// <returns>True when every bar holds.</returns>
    public bool Run()
    {
        var folder = Directory.CreateTempSubdirectory("mlaspire-bench-").FullName;
        try
        {
            var (log, sorted, shuffled) = (Path.Combine(folder, "log"), Path.Combine(folder, "sorted.csv"), Path.Combine(folder, "shuffled.csv"));
            WriteLog(log);
            int[] order = [.. Enumerable.Range(0, rows)];
            WriteSpine(sorted, order);
            new Random(1).Shuffle(order);
            WriteSpine(shuffled, order);
            foreach (var (name, spine, end) in new[] { ("ordered spine to .bin", sorted, "bin"), ("ordered spine to .csv", sorted, "csv"), ("shuffled spine to .bin", shuffled, "bin") })
            {
                Measure(name, spine, log, Path.Combine(folder, $"joined.{end}"));
            }
            report.Write(Console.Out, Path.Combine(output, "join.json"));
            return report.Holds;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Measure(string name, string spine, string log, string joined)
    {
        Console.Error.WriteLine(name);
        var (ours, files) = (new List<double>(), new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            var rate = Rate(() => Join(spine, log, joined));
            var bare = Rate(() => Copy([spine, .. Directory.GetFiles(log, "*.log")], joined));
            if (round == 0)
            {
                continue;
            }
            ours.Add(rate);
            files.Add(bare);
        }
        report.Figures.Add(new Figure(name, "join", 1, double.NaN, double.NaN, Rounds.Median(ours)));
        report.Figures.Add(new Figure(name, "files", 1, double.NaN, double.NaN, Rounds.Median(files)));
        report.Bars.Add(Bar.Least($"{name}: rows joined a second, as many events read", Rounds.Median(ours), 1_000_000));
    }

    private double Rate(Action work)
    {
        var began = TimeProvider.System.GetTimestamp();
        work();
        return rows / TimeProvider.System.GetElapsedTime(began).TotalSeconds;
    }

    private static void Join(string spine, string log, string joined)
    {
        using var errors = new StringWriter();
        var code = new JoinCommand(errors, TimeProvider.System).Run([spine, "--service", "flight_delay", "--out", joined, "--log", log]);
        if (code != 0)
        {
            throw new InvalidOperationException(errors.ToString());
        }
    }

    private static void Copy(string[] read, string written)
    {
        var length = new FileInfo(written).Length;
        foreach (var path in read)
        {
            File.ReadAllBytes(path);
        }
        File.WriteAllBytes(written + ".copy", new byte[length]);
        File.Delete(written + ".copy");
    }

    private void WriteLog(string folder)
    {
        var registry = RegistryFile.Read(RegistryFile.Shipped);
        var known = new PushTargets(registry, new RedisKeys(registry));
        PushTarget[] targets = [.. registry.Sources.Select(source => known.Source(source.Name)!)];
        using var log = new FeatureLog(Options.Create(new OfflineOptions { Directory = folder }), TimeProvider.System, NullLogger<FeatureLog>.Instance);
        var random = new Random(2);
        for (var row = 0; row < rows; row += PushRows)
        {
            var target = targets[row / PushRows % targets.Length];
            var from = First + step * row;
            DateTimeOffset[] times = [.. Enumerable.Range(0, PushRows).Select(i => from + step * i)];
            FieldValue[] values = [.. times.SelectMany(_ => Row(random, target.Source.Fields.Count))];
            log.Append([(LogFrame.Encode(new PushedRows(target, times, values, null)), PushRows)]);
        }
    }

    private static FieldValue[] Row(Random random, int fields) => fields == 2 ? [Airport(random), Airport(random)] : [Airport(random), Airport(random), random.Next(-20, 90)];

    private void WriteSpine(string path, int[] order)
    {
        var random = new Random(3);
        using var writer = new StreamWriter(path);
        writer.WriteLine("id,origin,destination,event_time");
        foreach (var row in order)
        {
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row},{Airport(random)},{Airport(random)},{(First + step * row).ToOffset(TimeSpan.FromHours(-5)):yyyy-MM-ddTHH:mm:sszzz}"));
        }
    }

    private static string Airport(Random random) => string.Create(CultureInfo.InvariantCulture, $"A{random.Next(Airports):00}");
}
