using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Verbosity;

/// <summary>A rule as an operator asks for it.</summary>
/// <param name="TimeToLiveSeconds">1 to 86,400 (a day).</param>
public sealed record VerboseRuleRequest(
    int TimeToLiveSeconds, IdRange? Ids = null, string? User = null, string? Session = null, string? Model = null, string? ModelVersion = null, string? Route = null)
{
    private const int LongestSeconds = 86_400;
    private const int LongestText = 256;
    private const int LongestName = 64;

    /// <exception cref="ServiceError">InvalidArgument: names everything that is wrong.</exception>
    public VerboseRule ToRule(string name, DateTimeOffset now)
    {
        FieldError[] problems = [.. Problems(name)];
        return problems.Length > 0
            ? throw ServiceError.Many(ErrorCode.InvalidArgument, problems)
            : new() { Name = name, Ids = Ids, User = User, Session = Session, Model = Model, ModelVersion = ModelVersion, Route = Route, Expires = now.AddSeconds(TimeToLiveSeconds) };
    }

    private IEnumerable<FieldError> Problems(string name)
    {
        if (name.Length is 0 or > LongestName || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            yield return new("name", $"must be 1 to {LongestName} characters of a-z 0-9 -");
        }

        if (TimeToLiveSeconds is < 1 or > LongestSeconds)
        {
            yield return new("time_to_live_seconds", $"must be from 1 to {LongestSeconds}");
        }

        if (Ids is { } ids && (ids.From < 0 || ids.To < ids.From))
        {
            yield return new("ids", "needs 0 <= from <= to");
        }

        if (ModelVersion is not null && Model is null)
        {
            yield return new("model", "is needed beside model_version");
        }

        (string Field, string? Value)[] texts = [("user", User), ("session", Session), ("model", Model), ("model_version", ModelVersion), ("route", Route)];
        foreach (var (field, _) in texts.Where(text => text.Value is { Length: 0 or > LongestText }))
        {
            yield return new(field, $"must have 1 to {LongestText} characters");
        }

        if (Ids is null && texts.All(text => text.Value is null))
        {
            yield return new("ids", "a rule needs a condition: ids, user, session, model, model_version or route");
        }
    }
}
