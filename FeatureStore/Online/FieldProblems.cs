using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.FeatureStore.Online;

/// <summary>What is wrong with a request, field by field. Keeps the first 100, so that a large wrong request has a small answer.</summary>
internal sealed class FieldProblems
{
    private const int Max = 100;
    private readonly List<FieldError> problems = [];

    public bool Any => problems.Count > 0;

    public void Add(string field, string message)
    {
        if (problems.Count < Max) { problems.Add(new FieldError(field, message)); }
    }

    public bool Names(string field) => problems.Exists(problem => problem.Field == field);

    /// <exception cref="ServiceError">InvalidArgument: there are problems.</exception>
    public void ThrowIfAny()
    {
        if (Any) { throw ServiceError.Many(ErrorCode.InvalidArgument, problems); }
    }
}
