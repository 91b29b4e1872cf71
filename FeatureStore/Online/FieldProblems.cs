using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Online;

/// <summary>What is wrong with a request, field by field. Keeps the first 100, so that a large wrong request has a small answer.</summary>
/// <param name="quarantine">What is wrong with a row of a write alone is kept by row, and is no reason to refuse the others.</param>
internal sealed class FieldProblems(bool quarantine = false)
{
    private const int Max = 100;
    private readonly List<FieldError> problems = [];
    private readonly SortedDictionary<int, string> poison = [];
    private readonly Dictionary<string, int> unseen = [];

    /// <summary>The first problem of each row that is set aside.</summary>
    public IReadOnlyDictionary<int, string> Poison => poison;

    /// <summary>How many values were none of those that their feature may have, by the feature's name.</summary>
    public IReadOnlyDictionary<string, int> Unseen => unseen;

    public bool Any => problems.Count > 0;

    public void Add(string field, string message)
    {
        if (problems.Count < Max)
        {
            problems.Add(new FieldError(field, message));
        }
    }

    public void Add(RowField field, string message)
    {
        if (quarantine)
        {
            poison.TryAdd(field.Row, $"{field} {message}");
        }
        else
        {
            Add(field.ToString(), message);
        }
    }

    public void AddUnseen(string feature) => unseen[feature] = unseen.GetValueOrDefault(feature) + 1;

    public bool Names(string field) => problems.Exists(problem => problem.Field == field);

    /// <exception cref="ServiceError">InvalidArgument: there are problems.</exception>
    public void ThrowIfAny()
    {
        if (Any)
        {
            throw ServiceError.Many(ErrorCode.InvalidArgument, problems);
        }
    }
}
