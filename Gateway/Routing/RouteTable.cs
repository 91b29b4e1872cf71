using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Audit;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Redaction;

namespace MlAspire.Gateway.Routing;

/// <summary>The plans of all models. A change is in the audit log before it holds, and the log's changes are the plans after a restart.</summary>
internal sealed class RouteTable : IDisposable
{
    private readonly TimeProvider time;
    private readonly RecordedChanges recorded;

    // Every change of every model, oldest first.
    private volatile ImmutableDictionary<string, ImmutableList<RouteChange>> changes;

    public RouteTable(AuditLog audit, IOptions<AuditOptions> options, TimeProvider time)
    {
        (this.time, recorded) = (time, new("route", audit, options.Value.StallsAfter, time));
        changes = audit.Events.Select(Parse).OfType<RouteChange>().GroupBy(change => change.Model).ToImmutableDictionary(model => model.Key, model => model.ToImmutableList());
    }

    public RoutePlan PlanOf(string model) => PlanOf(ChangesOf(model));

    /// <summary>The plan that held at a moment, by the audit log.</summary>
    public RoutePlan PlanAt(string model, DateTimeOffset moment) => ChangesOf(model).LastOrDefault(change => change.Timestamp <= moment)?.Plan ?? RoutePlan.Default;

    /// <summary>Every change of a model's plan, oldest first: who, when, what.</summary>
    public IReadOnlyList<RouteChange> ChangesOf(string model) => changes.GetValueOrDefault(model, []);

    /// <summary>That the model may be unloaded: its plan names no version.</summary>
    /// <exception cref="ServiceError">Aborted: it names some.</exception>
    public void CheckUnused(string model)
    {
        if (PlanOf(model).Versions.Select(entry => entry.Version).Distinct().ToArray() is { Length: > 0 } versions)
        {
            throw new ServiceError(ErrorCode.Aborted, $"The route of model {model} names version {string.Join(", ", versions)}. Set a route that names none ({{}}), and unload when none of these is in_progress there.");
        }
    }

    /// <summary>What <paramref name="change"/> would make of a model's plan now.</summary>
    /// <param name="model">A known model.</param>
    /// <param name="act">Who changes it, and why.</param>
    /// <param name="change">From the plan that holds, and all changes until it, to the new one.</param>
    /// <exception cref="ServiceError">As <paramref name="change"/>, <see cref="RoutePlan.Check"/> and <see cref="RouteReason"/> say.</exception>
    public RoutePlan PlanAfter(string model, RouteAct act, Func<RoutePlan, IReadOnlyList<RouteChange>, RoutePlan> change)
    {
        var history = ChangesOf(model);
        act.Reason.CheckNewest(history);
        var plan = change(PlanOf(history), history);
        plan.Check();
        return plan;
    }

    /// <summary>Replaces a model's plan by <see cref="PlanAfter"/>.</summary>
    /// <param name="model">A known model.</param>
    /// <param name="act">Who changes it, and why.</param>
    /// <param name="change">From the plan that holds, and all changes until it, to the new one.</param>
    /// <param name="cancellationToken">Gives up waiting for another change.</param>
    /// <exception cref="ServiceError">As <see cref="PlanAfter"/> and <see cref="RecordedChanges.RunAsync"/> say.</exception>
    public async Task<RoutePlan> ChangeAsync(string model, RouteAct act, Func<RoutePlan, IReadOnlyList<RouteChange>, RoutePlan> change, CancellationToken cancellationToken)
    {
        var made = await recorded.RunAsync(
            () => RecordOf(model, act, PlanAfter(model, act, change)), RouteJson.Default.RouteChange, record => changes = changes.SetItem(model, changes.GetValueOrDefault(model, []).Add(record)), cancellationToken);
        return made!.Plan;
    }

    public void Dispose() => recorded.Dispose();

    /// <summary>The change that a record of the audit log is; null when it is something else.</summary>
    public static RouteChange? Parse(byte[] record) => AnyEvent.As(record, RouteChange.EventName, RouteJson.Default.RouteChange);

    private static RoutePlan PlanOf(IReadOnlyList<RouteChange> history) => history is [.., var newest] ? newest.Plan : RoutePlan.Default;

    private RouteChange RecordOf(string model, RouteAct act, RoutePlan plan) => new(
        AuditRecord.Schema, RouteChange.EventName, time.GetUtcNow(), act.Actor, act.Action, model, plan, CorrelationId.Current,
        act.Reason.Reason is { } reason ? Redactor.Text(reason) : null, act.Reason.Evidence is { } evidence ? RedactedJson.Of(evidence, "evidence") : null);
}

/// <param name="Actor">Who changes a plan.</param>
/// <param name="Action">Name of the change in the record.</param>
/// <param name="Reason">What was said with it.</param>
internal sealed record RouteAct(string Actor, string Action, RouteReason Reason);
