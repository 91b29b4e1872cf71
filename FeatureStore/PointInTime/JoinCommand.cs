using System.Globalization;
using MlAspire.FeatureStore.Aggregates;
using MlAspire.FeatureStore.CommandLine;
using MlAspire.FeatureStore.Csv;
using MlAspire.FeatureStore.Offline;
using MlAspire.FeatureStore.Registry;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.PointInTime;

/// <summary><c>features join</c>: a spine and the logs become a training set. The file is there whole or not at all.</summary>
internal sealed class JoinCommand(TextWriter errors, TimeProvider time)
{
    private readonly Progress progress = new(errors, time);

    /// <returns>The exit code.</returns>
    public int Run(IReadOnlyList<string> args)
    {
        try
        {
            var arguments = JoinArguments.Parse(args);
            return Run(arguments);
        }
        catch (ServiceError wrong)
        {
            errors.WriteLine($"{wrong.Message}\n{JoinArguments.Usage}");
            return ExitCode.WrongArguments;
        }
    }

    private int Run(JoinArguments arguments)
    {
        var partial = arguments.Out + ".partial";
        try
        {
            Join(arguments, partial);
            File.Move(partial, arguments.Out, overwrite: true);
            return ExitCode.Done;
        }
        catch (CsvException wrong)
        {
            errors.WriteLine(wrong.Message);
            return ExitCode.Failed;
        }
        catch (RegistryFileException wrong)
        {
            errors.WriteLine($"{arguments.Registry}: {wrong.Message}");
            return ExitCode.WrongArguments;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            errors.WriteLine(e.Message);
            return ExitCode.Unreadable;
        }
        finally
        {
            if (File.Exists(partial))
            {
                File.Delete(partial);
            }
        }
    }

    private void Join(JoinArguments arguments, string partial)
    {
        var started = time.GetTimestamp();
        var registry = RegistryFile.Read(arguments.Registry);
        var service = new ServiceAggregation(registry, registry.Service(arguments.Service)
            ?? throw new ServiceError(ErrorCode.InvalidArgument, $"There is no feature service '{arguments.Service}'; there are {string.Join(", ", registry.Services.Select(s => s.Name).Distinct())}."));
        using var join = new PointInTimeJoin(registry, service, arguments.Temp);
        using var spine = new Spine(arguments.Spine, service);
        using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        using (var writer = JoinWriters.Of(arguments.Out, stream, service, (spine.Heading, join.Texts)))
        {
            foreach (var row in spine.Rows().Ahead())
            {
                join.Add(writer.PassesThrough ? row : row with { Record = default });
                if (row.Index % JoinedRows.MaxCount == 0)
                {
                    progress.Say(() => $"read {Progress.Number(join.Rows)} rows of the spine");
                }
            }
            foreach (var applied in LogReader.Applied(arguments.Logs).Ahead())
            {
                join.Add(applied);
                progress.Say(() => $"read {Progress.Number(join.Events)} events of the log");
            }
            var count = 0L;
            foreach (var rows in join.Join())
            {
                writer.Write(rows);
                count += rows.Count;
                progress.Say(() => $"joined {Progress.Number(count)} of {Progress.Number(join.Rows)} rows");
            }
        }
        var seconds = time.GetElapsedTime(started).TotalSeconds;
        errors.WriteLine($"joined {Progress.Number(join.Rows)} rows with {Progress.Number(join.Events)} events in {seconds.ToString("0.0", CultureInfo.InvariantCulture)} s ({Progress.Number((long)(join.Rows / Math.Max(seconds, 0.001)))} rows/s): {arguments.Out}");
    }
}
