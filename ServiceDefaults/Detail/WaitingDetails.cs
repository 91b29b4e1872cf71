using Microsoft.Extensions.Options;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary>Requests that are over and wait for their caller's verdict. When there are more than <see cref="DetailOptions.MaxWaiting"/>, or the verdict takes longer than <see cref="DetailOptions.MaxWait"/>, the oldest are forgotten: no word means no. Thread-safe.</summary>
internal sealed class WaitingDetails : IDisposable
{
    private static readonly TimeSpan lookEvery = TimeSpan.FromSeconds(1); // while there are any

    private readonly Lock gate = new(); // guards waiting, oldestFirst, told and toldFirst
    private readonly Dictionary<string, List<RequestDetail>> waiting = [];
    private readonly Queue<(long Since, string Trace)> oldestFirst = new();
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
                if (!waiting.TryGetValue(trace, out var details))
                {
                    waiting[trace] = details = [];
                    oldestFirst.Enqueue((time.GetTimestamp(), trace));
                    if (waiting.Count == 1)
                    {
                        timer.Change(lookEvery, lookEvery);
                    }
                }

                details.Add(detail);
                Forget();
                return;
            }
        }

        detail.Keep("caller");
    }

    /// <summary>The caller has found the trace worth telling.</summary>
    public void Keep(string trace)
    {
        List<RequestDetail>? details;
        lock (gate)
        {
            waiting.Remove(trace, out details);
            if (told.Add(trace))
            {
                toldFirst.Enqueue(trace);
                if (toldFirst.Count > options.MaxWaiting)
                {
                    told.Remove(toldFirst.Dequeue());
                }
            }
        }

        details?.ForEach(detail => detail.Keep("caller"));
    }

    public void Dispose() => timer.Dispose();

    private void Forget()
    {
        lock (gate)
        {
            while (oldestFirst.TryPeek(out var oldest) && (waiting.Count > options.MaxWaiting || time.GetElapsedTime(oldest.Since) >= options.MaxWait || !waiting.ContainsKey(oldest.Trace)))
            {
                oldestFirst.Dequeue();
                if (waiting.Remove(oldest.Trace, out var details))
                {
                    details.ForEach(detail => detail.Discard());
                }
            }

            if (waiting.Count == 0)
            {
                timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }
}
