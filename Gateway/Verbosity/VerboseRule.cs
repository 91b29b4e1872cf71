namespace MlAspire.Gateway.Verbosity;

/// <summary>Which requests are told with their Debug lines, in every service, until it expires: those for which all conditions hold that are not null.</summary>
public sealed record VerboseRule
{
    /// <summary>How an operator calls it.</summary>
    public required string Name { get; init; }

    /// <summary>The number at the end of the request's correlation id: 1500 of <c>flight-1500</c>.</summary>
    public IdRange? Ids { get; init; }

    /// <summary>Pseudonym of the user, as log lines have it.</summary>
    public string? User { get; init; }

    /// <summary>Pseudonym of the session.</summary>
    public string? Session { get; init; }

    public string? Model { get; init; }

    /// <summary>Needs <see cref="Model"/>. Known once the request is routed; where no alias or caller names a version, only by its answer.</summary>
    public string? ModelVersion { get; init; }

    /// <summary>As the line of a request spells it: <c>/v1/models/{name}/predict</c>.</summary>
    public string? Route { get; init; }

    /// <summary>From then on it does not hold.</summary>
    public required DateTimeOffset Expires { get; init; }

    public bool Holds(RequestTraits request, DateTimeOffset now) =>
        now < Expires
        && (Ids is null || (request.Id is { } id && id >= Ids.From && id <= Ids.To))
        && Is(User, request.User) && Is(Session, request.Session) && Is(Model, request.Model) && Is(ModelVersion, request.ModelVersion) && Is(Route, request.Route);

    private static bool Is(string? wanted, string? actual) => wanted is null || wanted == actual;
}

/// <param name="From">First.</param>
/// <param name="To">Last; not less than <paramref name="From"/>.</param>
public sealed record IdRange(long From, long To);

/// <summary>What of a request rules ask about; null = it has none, or it is not known yet.</summary>
public sealed record RequestTraits(long? Id, string? User, string? Session, string? Model, string? ModelVersion, string? Route);

/// <param name="Rules">Those that hold, by name.</param>
public sealed record VerboseRuleList(IReadOnlyList<VerboseRule> Rules);
