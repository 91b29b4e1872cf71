using System.Collections.Immutable;
using System.Text.Json;
using MlAspire.Gateway.Audit;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Redaction;

namespace MlAspire.Gateway.Routing;

/// <summary>The plans of all models. A change is in the audit log before it holds, and the log's changes are the plans after a restart.</summary>
internal sealed class RouteTable : IDisposable
{
    private readonly AuditLog audit;
    private readonly TimeProvider time;

    // Held by a change from reading the plan to swapping it: the log's order is the order in which plans hold.
    private readonly SemaphoreSlim changing = new(1);
    // Every change of every model, oldest first.
    private volatile ImmutableDictionary<string, ImmutableList<RouteChange>> changes;

    public RouteTable(AuditLog audit, TimeProvider time)
    {
        (this.audit, this.time) = (audit, time);
        changes = audit.Events.Select(Parse).OfType<RouteChange>().GroupBy(change => change.Model).ToImmutableDictionary(model => model.Key, model => model.ToImmutableList());
    }

    public RoutePlan PlanOf(string model) => ChangesOf(model) is [.., var newest] ? newest.Plan : RoutePlan.Default;

    /// <summary>The plan that held at a moment, by the audit log.</summary>
    public RoutePlan PlanAt(string model, DateTimeOffset moment) => ChangesOf(model).LastOrDefault(change => change.Timestamp <= moment)?.Plan ?? RoutePlan.Default;

    /// <summary>Every change of a model's plan, oldest first: who, when, what.</summary>
    public IReadOnlyList<RouteChange> ChangesOf(string model) => changes.GetValueOrDefault(model, []);

    /// <summary>Replaces a model's plan by what <paramref name="change"/> makes of it.</summary>
    /// <param name="model">A known model.</param>
    /// <param name="act">Who changes it, and why.</param>
    /// <param name="change">From the plan that holds, and all changes until it, to the new one.</param>
    /// <param name="cancellationToken">Gives up waiting for another change.</param>
    /// <exception cref="ServiceError">As <paramref name="change"/> and <see cref="RouteReason"/> say. Unavailable: the record could not be written, and the plan is as before.</exception>
    public async Task<RoutePlan> ChangeAsync(string model, RouteAct act, Func<RoutePlan, IReadOnlyList<RouteChange>, RoutePlan> change, CancellationToken cancellationToken)
    {
        await changing.WaitAsync(cancellationToken);
        try
        {
            act.Reason.CheckNewest(ChangesOf(model));
            var plan = change(PlanOf(model), ChangesOf(model));
            plan.Check();
            var record = new RouteChange(AuditRecord.Schema, RouteChange.EventName, time.GetUtcNow(), act.Actor, act.Action, model, plan, CorrelationId.Current, act.Reason.Reason is { } reason ? Redactor.Text(reason) : null, act.Reason.Evidence is { } evidence ? RedactedJson.Of(evidence, "evidence") : null);
            await audit.AppendAsync([JsonSerializer.SerializeToUtf8Bytes(record, RouteJson.Default.RouteChange)], cancellationToken);
            changes = changes.SetItem(model, changes.GetValueOrDefault(model, []).Add(record));
            return plan;
        }
        catch (IOException e)
        {
            throw new ServiceError(ErrorCode.Unavailable, "The audit log cannot be written; the route is unchanged.", e);
        }
        finally
        {
            changing.Release();
        }
    }

    public void Dispose() => changing.Dispose();

    /// <summary>The change that a record of the audit log is; null when it is something else.</summary>
    public static RouteChange? Parse(byte[] record) => AnyEvent.As(record, RouteChange.EventName, RouteJson.Default.RouteChange);
}

/// <param name="Actor">Who changes a plan.</param>
/// <param name="Action">Name of the change in the record.</param>
/// <param name="Reason">What was said with it.</param>
internal sealed record RouteAct(string Actor, string Action, RouteReason Reason);
