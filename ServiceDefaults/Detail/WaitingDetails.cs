using Microsoft.Extensions.Options;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary>Requests that are over and wait for their caller's verdict. When there are more than <see cref="DetailOptions.MaxWaiting"/>, or the verdict takes longer than <see cref="DetailOptions.MaxWait"/>, the oldest are forgotten: no word means no. Thread-safe.</summary>
internal sealed class WaitingDetails : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1); // while there are any

    private readonly Lock gate = new(); // guards waiting, oldestFirst, told and toldFirst
    private readonly LinkedList<Waiting> oldestFirst = new();
    private readonly Dictionary<string, List<LinkedListNode<Waiting>>> waiting = []; // by trace
    private readonly HashSet<string> told = []; // verdicts that came before the end of the request
    private readonly Queue<string> toldFirst = new();
    private readonly DetailOptions options;
    private readonly TimeProvider time;
    private readonly ITimer timer;

    public WaitingDetails(IOptions<DetailOptions> options, TimeProvider time)
    {
        (this.options, this.time) = (options.Value, time);
        timer = time.CreateTimer(_ => Forget(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Holds the detail of one request of a trace.</summary>
    public void Add(string trace, RequestDetail detail)
    {
        lock (gate)
        {
            if (!told.Contains(trace))
            {
                if (!waiting.TryGetValue(trace, out var requests))
                {
                    waiting[trace] = requests = [];
                }

                requests.Add(oldestFirst.AddLast(new Waiting(time.GetTimestamp(), trace, detail)));
                if (oldestFirst.Count == 1)
                {
                    timer.Change(LookEvery, LookEvery);
                }

                Forget();
                return;
            }
        }

        detail.Keep("caller");
    }

    /// <summary>The caller has found the trace worth telling.</summary>
    public void Keep(string trace)
    {
        List<LinkedListNode<Waiting>>? requests;
        lock (gate)
        {
            if (waiting.Remove(trace, out requests))
            {
                requests.ForEach(oldestFirst.Remove);
            }

            if (told.Add(trace))
            {
                toldFirst.Enqueue(trace);
                if (toldFirst.Count > options.MaxWaiting)
                {
                    told.Remove(toldFirst.Dequeue());
                }
            }
        }

        requests?.ForEach(request => request.Value.Detail.Keep("caller"));
    }

    public void Dispose() => timer.Dispose();

    private void Forget()
    {
        lock (gate)
        {
            while (oldestFirst.First is { } oldest && (oldestFirst.Count > options.MaxWaiting || time.GetElapsedTime(oldest.Value.Since) >= options.MaxWait))
            {
                oldestFirst.Remove(oldest);
                var requests = waiting[oldest.Value.Trace];
                requests.Remove(oldest);
                if (requests.Count == 0)
                {
                    waiting.Remove(oldest.Value.Trace);
                }

                oldest.Value.Detail.Discard();
            }

            if (oldestFirst.Count == 0)
            {
                timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <param name="Since">Timestamp.</param>
    private sealed record Waiting(long Since, string Trace, RequestDetail Detail);
}
