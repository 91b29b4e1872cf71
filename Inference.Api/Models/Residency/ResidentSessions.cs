using Microsoft.Extensions.Options;
using MlAspire.Inference.Api.Models.Repository;
using MlAspire.Inference.Api.Onnx;

namespace MlAspire.Inference.Api.Models.Residency;

/// <summary>The sessions in memory, in the order of their use, and what they take of the budget. Thread-safe; waits for nothing.</summary>
internal sealed class ResidentSessions(IOptions<ModelRepositoryOptions> options)
{
    private readonly long budgetBytes = options.Value.MemoryBudgetBytes > 0 ? options.Value.MemoryBudgetBytes : long.MaxValue;
    private readonly Lock gate = new(); // guards the fields below and the state of every session
    private readonly LinkedList<ModelSession> order = new(); // used longest ago first
    private TaskCompletionSource change = NewSignal();
    private long leaving; // the part of taken that is on its way out
    private long taken;

    /// <summary>Bytes of sessions in memory, on their way in and on their way out.</summary>
    public long TakenBytes => Interlocked.Read(ref taken);

    /// <summary>Sessions in memory.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return order.Count;
            }
        }
    }

    /// <summary>Takes <paramref name="bytes"/> of the budget when they are free.</summary>
    /// <param name="going">When false: what was taken out to make room, to be disposed and then <see cref="Left"/>; empty when everything is in use.</param>
    /// <param name="changed">Completes when trying again may help.</param>
    public bool TryTake(long bytes, out IReadOnlyList<(ModelSession Session, OnnxRunner Runner)> going, out Task changed)
    {
        going = [];
        lock (gate)
        {
            changed = change.Task;
            if (taken + bytes <= budgetBytes)
            {
                taken += bytes;
                return true;
            }

            var missing = taken - leaving + bytes - budgetBytes;
            var victims = new List<ModelSession>();
            foreach (var idle in order.Where(session => session.Users == 0 && session.Stay != Stay.Always).OrderBy(session => session.Stay).TakeWhile(_ => missing > 0))
            {
                victims.Add(idle);
                missing -= idle.Bytes;
            }

            if (missing <= 0)
            {
                leaving += victims.Sum(session => session.Bytes);
                going = [.. victims.Select(session => (session, TakeOut(session)!))];
            }

            return false;
        }
    }

    /// <summary>Gives back what was taken for a session that did not come to be, or that has gone.</summary>
    public void Free(long bytes)
    {
        lock (gate)
        {
            taken -= bytes;
            Signal();
        }
    }

    /// <summary>What <see cref="TryTake"/> took out has given its memory back.</summary>
    public void Left(ModelSession session)
    {
        lock (gate)
        {
            leaving -= session.Bytes;
            Free(session.Bytes);
        }
    }

    /// <summary>A session is in memory from now on; its bytes have been taken.</summary>
    public void Add(ModelSession session, OnnxRunner runner)
    {
        lock (gate)
        {
            (session.Runner, session.Place, session.Returning) = (runner, order.AddLast(session), null);
            Signal(); // perhaps nobody uses it yet
        }
    }

    /// <summary>Takes out a session that nobody can ask for any more; null when it is not in memory.</summary>
    public OnnxRunner? Remove(ModelSession session)
    {
        lock (gate)
        {
            return TakeOut(session);
        }
    }

    /// <returns>False when it is not in memory; it is then as others once it is back.</returns>
    public bool Stays(ModelSession session, Stay stay)
    {
        lock (gate)
        {
            var isThere = session.Place is not null;
            session.Stay = isThere || stay != Stay.Always ? stay : session.Stay;
            if (session.Stay != Stay.Always)
            {
                Signal();
            }

            return isThere;
        }
    }

    /// <summary>Keeps a session in memory until <see cref="Leave"/>; false, and nothing done, when it is not there.</summary>
    public bool TryEnter(ModelSession session)
    {
        lock (gate)
        {
            if (session.Place is not { } place)
            {
                return false;
            }

            session.Users++;
            order.Remove(place);
            order.AddLast(place);
            return true;
        }
    }

    /// <summary>Keeps a session in memory, now or once it is back, until <see cref="Leave"/>.</summary>
    /// <param name="bringBack">Begins to bring it back; not called while somebody does.</param>
    /// <returns>Completes when it is there.</returns>
    public Task Enter(ModelSession session, Func<Task> bringBack)
    {
        lock (gate)
        {
            session.Users++;
            return session.Place is not null ? Task.CompletedTask : session.Returning ??= bringBack();
        }
    }

    public void Leave(ModelSession session)
    {
        lock (gate)
        {
            if (--session.Users == 0)
            {
                Signal();
            }
        }
    }

    /// <summary>A session could not be brought back; who asks next tries again.</summary>
    public void NotReturned(ModelSession session)
    {
        lock (gate)
        {
            session.Returning = null;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Call with the lock held.</summary>
    private OnnxRunner? TakeOut(ModelSession session)
    {
        if (session.Place is not { } place)
        {
            return null;
        }

        order.Remove(place);
        var runner = session.Runner;
        (session.Place, session.Runner) = (null, null);
        return runner;
    }

    /// <summary>Call with the lock held.</summary>
    private void Signal()
    {
        var past = change;
        change = NewSignal();
        past.SetResult();
    }
}
