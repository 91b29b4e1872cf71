using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Gateway.Routing;

/// <summary>Which versions of one model answer: immutable, replaced whole.</summary>
public sealed record RoutePlan
{
    /// <summary>The alias that answers requests that name nothing.</summary>
    public const string DefaultAlias = "champion";

    /// <summary>What holds until a plan is set: the model's own version policy decides.</summary>
    public static RoutePlan Default { get; } = new();

    /// <summary>Versions by alias. <c>champion</c> answers requests that name nothing; without it the model's version policy decides.</summary>
    public IReadOnlyDictionary<string, string> Aliases { get => field ?? Empty; init; }

    /// <summary>A version that answers a share of the champion's requests; null = none.</summary>
    public CanaryPlan? Canary { get; init; }

    /// <summary>A version that is asked too, after the answer and without waiting, to be compared; null = none.</summary>
    public string? Shadow { get; init; }

    /// <summary>In the answer to a question for the plan of now: the requests in progress by version, those that left the plan too, <c>policy</c> for what the model's version policy picks; a version that is not named has none. Ignored in a plan that is set.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, int>? InProgress { get; init; }

    /// <summary>The version of <see cref="DefaultAlias"/>; null leaves it to the model's version policy.</summary>
    [JsonIgnore]
    public string? Champion => Aliases.GetValueOrDefault(DefaultAlias);

    private static Dictionary<string, string> Empty { get; } = [];

    /// <summary>Every version the plan names, each with its field.</summary>
    [JsonIgnore]
    public IEnumerable<(string Field, string Version)> Versions =>
    [
        .. Aliases.Select(alias => ($"aliases.{alias.Key}", alias.Value)), .. Canary is null ? [] : (IEnumerable<(string, string)>)[("canary.version", Canary.Version)],
        .. Shadow is null ? [] : (IEnumerable<(string, string)>)[("shadow", Shadow)],
    ];

    /// <summary>The versions that are asked by it, each with its field: <see cref="Versions"/> without a canary that is paused.</summary>
    [JsonIgnore]
    public IEnumerable<(string Field, string Version)> Asked => Canary is { Paused: true } ? (this with { Canary = null }).Versions : Versions;

    /// <summary>The canary becomes the champion.</summary>
    /// <exception cref="ServiceError">InvalidArgument: there is no canary.</exception>
    public RoutePlan Promote() => this with
    {
        Aliases = new Dictionary<string, string>(Aliases) { [DefaultAlias] = CanaryOrThrow().Version },
        Canary = null,
        Shadow = Shadow == CanaryOrThrow().Version ? null : Shadow,
    };

    /// <summary>The canary answers nothing until it is resumed; its version and weight stay.</summary>
    /// <exception cref="ServiceError">InvalidArgument: there is no canary.</exception>
    public RoutePlan Pause() => this with { Canary = CanaryOrThrow() with { Paused = true } };

    /// <summary>The canary answers its share again.</summary>
    /// <exception cref="ServiceError">InvalidArgument: there is no canary.</exception>
    public RoutePlan Resume() => this with { Canary = CanaryOrThrow() with { Paused = false } };

    /// <summary>The canary goes; the champion answers everything. Just after a promotion the champion of before it answers again.</summary>
    /// <param name="history">Of this plan, oldest first.</param>
    /// <exception cref="ServiceError">InvalidArgument: there is no canary, and the last change was no promotion.</exception>
    public RoutePlan RollBack(IReadOnlyList<RouteChange> history)
    {
        if (history is [.., var before, { Action: RouteChange.Promoted }])
        {
            return before.Plan with { Canary = null };
        }

        _ = CanaryOrThrow();
        return this with { Canary = null };
    }

    /// <exception cref="ServiceError">InvalidArgument: names everything that is wrong.</exception>
    public void Check()
    {
        List<FieldError> problems = [.. Versions.Where(entry => !IsVersion(entry.Version)).Select(entry => new FieldError(entry.Field, "must be a version: a whole number as text"))];
        problems.AddRange(Aliases.Keys.Where(alias => !IsAlias(alias)).Select(alias => new FieldError($"aliases.{alias}", "an alias has 1 to 64 characters of a-z 0-9 - and begins with a letter")));
        if ((Canary is not null || Shadow is not null) && !Aliases.ContainsKey(DefaultAlias))
        {
            problems.Add(new($"aliases.{DefaultAlias}", "is needed beside a canary or a shadow, so that it is clear what they are compared with"));
        }

        if (Canary is { Weight: not (>= 0 and <= 1) })
        {
            problems.Add(new("canary.weight", "must be from 0 to 1"));
        }

        if (problems.Count > 0)
        {
            throw ServiceError.Many(ErrorCode.InvalidArgument, problems);
        }
    }

    /// <param name="text">Null, which JSON may have as an alias' version, is none.</param>
    public static bool IsVersion(string? text) => text?.Length is > 0 and <= 18 && text.All(char.IsAsciiDigit);

    private CanaryPlan CanaryOrThrow() => Canary ?? throw new ServiceError(ErrorCode.InvalidArgument, "The model has no canary.", "canary");

    private static bool IsAlias(string alias) =>
        alias.Length is > 0 and <= 64 && char.IsAsciiLetterLower(alias[0]) && alias.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}

/// <param name="Version">The version that is tried.</param>
/// <param name="Weight">Share of the requests that it answers, in [0, 1]. The same entities always meet the same side, and stay with the canary when its weight grows.</param>
/// <param name="Paused">Whether it answers nothing for now; what it weighs is kept.</param>
/// <param name="Automatic">Whether Monitoring promotes it or rolls it back by what it sees of it.</param>
public sealed record CanaryPlan(
    string Version, double Weight, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Paused = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Automatic = false);

/// <summary>A change of a plan as the audit log keeps it; the plans are rebuilt from these at the start.</summary>
/// <param name="Schema">Version of this form.</param>
/// <param name="Event">Always <see cref="EventName"/>.</param>
/// <param name="Timestamp">When it was changed.</param>
/// <param name="Actor">Name of the key that did it.</param>
/// <param name="Action">set, pause, resume, promote or roll_back.</param>
/// <param name="Model">Whose plan.</param>
/// <param name="Plan">The plan from then on.</param>
/// <param name="CorrelationId">Of the request that changed it.</param>
/// <param name="Reason">As <see cref="RouteReason"/> has it; absent when none was given.</param>
/// <param name="Evidence">As <see cref="RouteReason"/> has it; absent when none was given.</param>
public sealed record RouteChange(
    int Schema, string Event, DateTimeOffset Timestamp, string Actor, string Action, string Model, RoutePlan Plan, string? CorrelationId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Evidence = null)
{
    public const string EventName = "route_changed";

    /// <summary>The <see cref="Action"/> that made the canary champion.</summary>
    public const string Promoted = "promote";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(IReadOnlyList<RouteChange>))]
[JsonSerializable(typeof(RouteChange))]
[JsonSerializable(typeof(RoutePlan))]
[JsonSerializable(typeof(RouteReason))]
internal sealed partial class RouteJson : JsonSerializerContext;
