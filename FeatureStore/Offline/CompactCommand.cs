using MlAspire.FeatureStore.CommandLine;
using MlAspire.ServiceDefaults.CommandLine;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Offline;

/// <summary><c>features compact</c>: a log without the pushes that were sent again.</summary>
internal sealed class CompactCommand(TextWriter errors)
{
    public const string Usage = """
        usage: features compact LOG
          LOG   folder of a feature log, which may be in use (docs/feature-log.md)
        exit codes: 0 compacted, 2 wrong arguments, 3 a file cannot be read or written, or the log is damaged
        """;

    /// <returns>The exit code.</returns>
    public int Run(IReadOnlyList<string> args)
    {
        try
        {
            var (before, after) = (0L, 0L);
            foreach (var segment in LogCompaction.Run(Arguments.Parse(args, ["log"], []).Paths[0]))
            {
                (before, after) = (before + segment.Bytes, after + segment.Kept);
                errors.WriteLine($"{segment.Path}: {Progress.Number(segment.Bytes)} bytes, {Progress.Number(segment.Kept)} kept");
            }
            errors.WriteLine($"compacted {Progress.Number(before)} bytes to {Progress.Number(after)}; the newest segment stays as it is");
            return ExitCode.Done;
        }
        catch (ServiceError wrong)
        {
            errors.WriteLine($"{wrong.Message}\n{Usage}");
            return ExitCode.WrongArguments;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            errors.WriteLine(e.Message);
            return ExitCode.Unreadable;
        }
    }
}
