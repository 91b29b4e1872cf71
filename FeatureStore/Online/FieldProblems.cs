using System.Globalization;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Online;

/// <summary>What is wrong with a request, field by field. Keeps the first 100, so that a large wrong request has a small answer.</summary>
/// <param name="quarantine">What is wrong with a row of a write alone is kept by row, and is no reason to refuse the others.</param>
internal sealed class FieldProblems(bool quarantine = false)
{
    private const int Max = 100;
    private readonly List<FieldError> problems = [];
    private readonly SortedDictionary<int, string> poison = [];

    /// <summary>The first problem of each row that is set aside.</summary>
    public IReadOnlyDictionary<int, string> Poison => poison;

    public bool Any => problems.Count > 0;

    public void Add(string field, string message)
    {
        if (quarantine && RowOf(field) is { } row) { poison.TryAdd(row, $"{field} {message}"); }
        else if (problems.Count < Max) { problems.Add(new FieldError(field, message)); }
    }

    public bool Names(string field) => problems.Exists(problem => problem.Field == field);

    /// <exception cref="ServiceError">InvalidArgument: there are problems.</exception>
    public void ThrowIfAny()
    {
        if (Any) { throw ServiceError.Many(ErrorCode.InvalidArgument, problems); }
    }

    /// <summary>3 of <c>df.delay_minutes[3]</c>, <c>df.tags[3][1]</c> and <c>df[3]</c>.</summary>
    private static int? RowOf(string field)
    {
        var (start, end) = (field.IndexOf('[', StringComparison.Ordinal) + 1, field.IndexOf(']', StringComparison.Ordinal));
        return field.StartsWith("df", StringComparison.Ordinal) && start > 0 && int.TryParse(field.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture, out var row) ? row : null;
    }
}
