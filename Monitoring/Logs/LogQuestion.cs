using System.Globalization;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Time;

namespace MlAspire.Monitoring.Logs;

/// <summary>A question as a URL asks it: <c>?correlation_id=flight-17&amp;service=gateway&amp;level=WARNING&amp;from=2001-03-01T12:00:00Z&amp;limit=100</c>.</summary>
/// <param name="Filter">Every parameter but <c>level</c>, <c>from</c>, <c>to</c> and <c>limit</c> is a field of the line.</param>
internal sealed record LogQuestion(LogFilter Filter, int Limit)
{
    public const int DefaultLimit = 1_000;
    public const int MaxLimit = 10_000;
    public const int MaxFields = 16;

    private const int MaxText = 256;

    /// <exception cref="ServiceError">InvalidArgument: names every parameter that is wrong.</exception>
    public static LogQuestion Of(IQueryCollection query)
    {
        var problems = new List<FieldError>();
        foreach (var (name, values) in query.Where(parameter => parameter.Value.Count != 1 || parameter.Value[0] is not { Length: > 0 and <= MaxText }))
        {
            problems.Add(new(name, $"must be given once, with 1 to {MaxText} characters"));
        }

        var level = Text("level");
        if (level is not null && !LogFilter.Levels.Contains(level))
        {
            problems.Add(new("level", $"must be one of {string.Join(", ", LogFilter.Levels)}"));
        }

        var (from, to) = (TimeOf("from", Text("from"), problems), TimeOf("to", Text("to"), problems));
        if (from >= to)
        {
            problems.Add(new("to", "must be after from"));
        }

        var limit = LimitOf(Text("limit"), problems);
        var fields = query.Where(parameter => parameter.Key is not ("level" or "from" or "to" or "limit")).ToDictionary(parameter => parameter.Key, parameter => parameter.Value.ToString());
        if (fields.Count > MaxFields)
        {
            problems.Add(new("fields", $"must be at most {MaxFields}"));
        }

        return problems.Count == 0 ? new(new LogFilter(fields, level, from, to), limit) : throw ServiceError.Many(ErrorCode.InvalidArgument, problems);

        string? Text(string name) => query.TryGetValue(name, out var values) ? values[0] : null;
    }

    private static DateTimeOffset? TimeOf(string name, string? text, List<FieldError> problems)
    {
        if (text is null)
        {
            return null;
        }

        if (IsoTime.TryParse(text, out var time))
        {
            return time;
        }

        problems.Add(new(name, IsoTime.Expected));
        return null;
    }

    private static int LimitOf(string? text, List<FieldError> problems)
    {
        var limit = DefaultLimit;
        if (text is not null && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
        {
            problems.Add(new("limit", $"must be from 1 to {MaxLimit}"));
        }

        return limit;
    }
}
