using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Detail;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.Gateway.Verbosity;

/// <summary>The rules that hold. A change, also the end of a rule, is in the audit log before it counts, and the log's changes are the rules after a restart.</summary>
internal sealed partial class VerboseRuleTable : IDisposable
{
    /// <summary>At the same time.</summary>
    public const int MaxRules = 32;

    private static readonly AsyncLocal<RequestTraits?> Current = new(); // of the request whose code runs now, while there are rules

    private readonly TimeProvider time;
    private readonly ILogger<VerboseRuleTable> log;
    private readonly RecordedChanges recorded;

    private volatile ImmutableSortedDictionary<string, VerboseRule> rules = ImmutableSortedDictionary.Create<string, VerboseRule>(StringComparer.Ordinal);

    public VerboseRuleTable(AuditLog audit, IOptions<AuditOptions> options, TimeProvider time, ILogger<VerboseRuleTable> log)
    {
        (this.time, this.log, recorded) = (time, log, new("verbose rule", audit, options.Value.StallsAfter, time));
        foreach (var change in audit.Events.Select(Parse).OfType<VerboseRuleChange>())
        {
            rules = After(change);
        }
    }

    /// <summary>Those that have not expired, by name.</summary>
    public IReadOnlyList<VerboseRule> Rules => [.. rules.Values.Where(rule => time.GetUtcNow() < rule.Expires)];

    /// <summary>Whether there is any.</summary>
    public bool HasAny => !rules.IsEmpty;

    /// <summary>Asks for the Debug lines of the current request if a rule holds for it, now or, by <see cref="Routed"/>, later.</summary>
    public void Begin(RequestTraits request)
    {
        Current.Value = request;
        Look(request);
    }

    /// <summary>The current request is answered by this version.</summary>
    public void Routed(string model, string? version)
    {
        if (version is not null && Current.Value is { } request)
        {
            Look(request with { Model = model, ModelVersion = version });
        }
    }

    /// <summary>Adds a rule, or replaces that of the same name.</summary>
    /// <exception cref="ServiceError">InvalidArgument: there are <see cref="MaxRules"/>. Else as <see cref="RecordedChanges.RunAsync"/> says.</exception>
    public async Task SetAsync(VerboseRule rule, string actor, CancellationToken cancellationToken) => await ChangeAsync(
        () => rules.ContainsKey(rule.Name) || rules.Count < MaxRules ? rule : throw new ServiceError(ErrorCode.InvalidArgument, $"There are {MaxRules} rules already; remove one first.", "name"),
        VerboseRuleChange.Set, actor, cancellationToken);

    /// <exception cref="ServiceError">NotFound (field <c>name</c>). Unavailable: as <see cref="SetAsync"/>.</exception>
    public async Task RemoveAsync(string name, string actor, CancellationToken cancellationToken) => await ChangeAsync(
        () => rules.GetValueOrDefault(name) ?? throw new ServiceError(ErrorCode.NotFound, "There is no rule of this name.", "name"),
        VerboseRuleChange.Remove, actor, cancellationToken);

    /// <summary>Removes what has expired.</summary>
    /// <exception cref="ServiceError">Unavailable: as <see cref="SetAsync"/>; what has expired does not hold nevertheless.</exception>
    public async Task ExpireAsync(CancellationToken cancellationToken)
    {
        foreach (var name in rules.Values.Where(rule => time.GetUtcNow() >= rule.Expires).Select(rule => rule.Name))
        {
            // Meanwhile it may be another one of the same name.
            await ChangeAsync(() => rules.GetValueOrDefault(name) is { } rule && time.GetUtcNow() >= rule.Expires ? rule : null, VerboseRuleChange.Expire, null, cancellationToken);
        }
    }

    public void Dispose() => recorded.Dispose();

    private void Look(RequestTraits request)
    {
        var now = time.GetUtcNow();
        if (rules.Values.Any(rule => rule.Holds(request, now)))
        {
            Verbose.Ask();
        }
    }

    private Task<VerboseRuleChange?> ChangeAsync(Func<VerboseRule?> ruleOf, string action, string? actor, CancellationToken cancellationToken) => recorded.RunAsync(
        () => ruleOf() is { } rule ? new(AuditRecord.Schema, VerboseRuleChange.EventName, time.GetUtcNow(), action, rule, actor, CorrelationId.Current) : null,
        VerboseRuleJson.Default.VerboseRuleChange,
        change =>
        {
            rules = After(change);
            LogChanged(change.Rule.Name, action, actor, change.Rule.Expires);
        },
        cancellationToken);

    private ImmutableSortedDictionary<string, VerboseRule> After(VerboseRuleChange change) =>
        change.Action == VerboseRuleChange.Set ? rules.SetItem(change.Rule.Name, change.Rule) : rules.Remove(change.Rule.Name);

    /// <summary>The change that a record of the audit log is; null when it is something else.</summary>
    public static VerboseRuleChange? Parse(byte[] record) => AnyEvent.As(record, VerboseRuleChange.EventName, VerboseRuleJson.Default.VerboseRuleChange);

    [LoggerMessage(EventName = TelemetryNames.Events.VerboseRuleChanged, Level = LogLevel.Information, Message = "Verbose rule {Rule}: {Action} by {Actor}; it expires at {Expires}")]
    private partial void LogChanged(string rule, string action, string? actor, DateTimeOffset expires);
}
