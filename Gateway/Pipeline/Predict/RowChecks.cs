using MlAspire.Gateway.Pipeline.Definition;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Pipeline.Predict;

/// <summary>What every value of a predict request must be, whatever its form on the wire; collects what is wrong, each with its field and row (<c>inputs.departure[0]</c>).</summary>
/// <remarks>At most <see cref="MostProblems"/> problems are named; a wrong request of 1,000 rows needs no 3,000.</remarks>
internal sealed class RowChecks(PipelineModel model)
{
    public const int MostProblems = 20;
    public const int LongestText = 256;

    private readonly List<FieldError> problems = [];
    private readonly HashSet<string> predictionIds = [];

    public IReadOnlyList<FieldError> Problems => problems;

    /// <summary>The request, with whom its rows are about.</summary>
    /// <exception cref="ServiceError">InvalidArgument: something is wrong.</exception>
    public PredictRequest Passed(PredictRequest request) => problems.Count > 0 ? throw ServiceError.Many(ErrorCode.InvalidArgument, problems)
        : model.Subject < 0 ? request
        : request with { Subjects = [.. request.Entities[model.Subject].Select(value => $"{model.Definition.Subject}:{value}")] };

    public string Entity(string text, string field, int entity)
    {
        if (text.Length is 0 or > LongestText)
        {
            Add(field, $"must have 1 to {LongestText} characters");
        }
        else if (!model.Inputs.Knows(entity, text))
        {
            Add(field, $"the model does not know this {model.Inputs.Entities[entity]}");
        }

        return text;
    }

    public double Number(double number, string field, PipelineInput input)
    {
        if (number < input.Min || number > input.Max)
        {
            Add(field, FormattableString.Invariant($"must be from {input.Min ?? double.NegativeInfinity} to {input.Max ?? double.PositiveInfinity}"));
        }

        return number;
    }

    public string Id(string id, string field)
    {
        if (!PredictionId.IsValid(id))
        {
            Add(field, $"must be 1 to {PredictionId.LongestCharacters} characters of A-Z a-z 0-9 . _ -");
        }
        else if (!predictionIds.Add(id))
        {
            Add(field, "is there twice");
        }

        return id;
    }

    public void Add(string field, string message)
    {
        if (problems.Count < MostProblems)
        {
            problems.Add(new(field, message));
        }
    }
}
