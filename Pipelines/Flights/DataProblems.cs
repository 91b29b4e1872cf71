using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Pipelines.Flights;

/// <summary>Collects what is wrong with the data files, each with file, line and reason.</summary>
internal sealed class DataProblems
{
    /// <summary>More are counted but not kept: a file of another format would give one problem a line.</summary>
    public const int MaxKept = 20;

    private readonly List<string> kept = [];
    private int count;

    /// <summary>Adds one, as <c>routes.csv, line 3: distance 'x' is not a whole number above 0</c>.</summary>
    /// <param name="file">Name of the file, without its folder.</param>
    /// <param name="line">1-based; the heading is line 1.</param>
    /// <param name="reason">What is wrong, with the value that is.</param>
    public void Add(string file, int line, string reason)
    {
        count++;
        if (kept.Count < MaxKept)
        {
            kept.Add($"{file}, line {line}: {reason}");
        }
    }

    /// <summary>Nothing is used of data of which any line is wrong.</summary>
    /// <exception cref="ServiceError">InvalidArgument: anything was added; the message lists the first <see cref="MaxKept"/>.</exception>
    public void ThrowIfAny()
    {
        if (count > 0)
        {
            var more = count > kept.Count ? $"{Environment.NewLine}and {count - kept.Count} more" : "";
            throw new ServiceError(ErrorCode.InvalidArgument, $"The flight data has {count} bad line(s):{Environment.NewLine}{string.Join(Environment.NewLine, kept)}{more}");
        }
    }
}
