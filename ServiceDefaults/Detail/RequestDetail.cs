using System.Diagnostics;
using Microsoft.Extensions.Logging;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary>
/// The lines and spans of one request in one service, in their order, until the verdict whether they are told. The newest <see cref="DetailOptions.MaxHeldPerRequest"/> are held; after the verdict each goes its way at once. Thread-safe.
/// </summary>
internal sealed class RequestDetail(int capacity)
{
    private const string SpanProperty = "mlaspire.detail";

    private readonly Lock gate = new(); // guards held, verdict and callees
    private Queue<Held>? held;
    private HashSet<string>? callees;
    private bool? isKept;

    /// <summary>Of the request whose code runs now; null outside of any.</summary>
    public static RequestDetail? Current => Work.Current?.Detail;

    /// <summary>Whether a rule asks for this request's Debug lines too.</summary>
    public bool IsVerbose { get; private set; }

    /// <summary>Why it is kept: <c>error, warning, slow, verbose, sampled, caller, callee (or a call of it failed), full</c>; null while it is not.</summary>
    public string? Reason { get; private set; }

    /// <summary>Scheme, host and port of the replicas that were called and hold their own detail: they are told the verdict.</summary>
    public IReadOnlyCollection<string> Callees
    {
        get
        {
            lock (gate)
            {
                return callees is null ? [] : [.. callees];
            }
        }
    }

    /// <summary>Makes it the current one; spans find it through the server span.</summary>
    public void Enter(Activity? server)
    {
        Work.Enter().Detail = this;
        server?.SetCustomProperty(SpanProperty, this);
    }

    /// <summary>The one that a span belongs to; null for work that no request started.</summary>
    public static RequestDetail? Of(Activity span)
    {
        for (var each = span; each is not null; each = each.Parent)
        {
            if (each.GetCustomProperty(SpanProperty) is RequestDetail detail)
            {
                return detail;
            }
        }

        return null;
    }

    /// <summary>The one that a line written now is to be held in; null when it goes on at once: there is a verdict, or it is a warning, which is one, or it is the line that every request has.</summary>
    public static RequestDetail? Holding(LogLevel level, string? eventName)
    {
        var detail = Current;
        if (level >= LogLevel.Warning)
        {
            detail?.Keep("warning"); // what led to it comes before it
        }

        return detail is { Reason: null } && level < LogLevel.Warning && !TelemetryNames.Events.IsAlwaysTold(eventName) ? detail : null;
    }

    /// <summary>What the call of a replica says of the verdict. While there is none the replica is one of <see cref="Callees"/>: in one step, so that a verdict of the same moment is either said or sent.</summary>
    public string Call(Uri address)
    {
        lock (gate)
        {
            switch (isKept)
            {
                case true:
                    return IsVerbose ? DetailHeader.Verbose : DetailHeader.Keep;
                case null:
                    (callees ??= []).Add(address.GetLeftPart(UriPartial.Authority));
                    break;
            }
        }

        return DetailHeader.Pending;
    }

    /// <summary>Holds it, or sends it on its way when the verdict is there.</summary>
    public void Add(Held item)
    {
        lock (gate)
        {
            switch (isKept)
            {
                case true:
                    item.Release();
                    break;
                case false:
                    item.Discard(sampled: true);
                    break;
                default:
                    held ??= new();
                    held.Enqueue(item);
                    item.Flow.Waits(1);
                    if (held.Count > capacity)
                    {
                        var oldest = held.Dequeue();
                        oldest.Discard(sampled: false);
                        oldest.Flow.Waits(-1);
                    }

                    break;
            }
        }
    }

    /// <summary>Sends what is held, in order, and all that follows. The first verdict counts, but that a verbose one turns a <see cref="Discard"/> for what follows.</summary>
    public void Keep(string reason, bool verbose = false) => Decide(true, reason, verbose);

    /// <summary>Forgets what is held, and all that follows.</summary>
    public void Discard() => Decide(false, null, verbose: false);

    private void Decide(bool keep, string? reason, bool verbose)
    {
        lock (gate)
        {
            IsVerbose |= verbose;
            if (isKept == true || (isKept == false && !verbose))
            {
                return;
            }

            (isKept, Reason) = (keep, reason);
            while (held is not null && held.TryDequeue(out var item))
            {
                if (keep)
                {
                    item.Release();
                }
                else
                {
                    item.Discard(sampled: true);
                }

                item.Flow.Waits(-1);
            }
        }
    }
}
