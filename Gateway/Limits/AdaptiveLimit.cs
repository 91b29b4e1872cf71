namespace MlAspire.Gateway.Limits;

/// <summary>How many requests of one model may be in progress at once, found by what they take: more while they are refused and fast, fewer when they are slow. Thread-safe.</summary>
/// <remarks>
/// Measured in windows of at least 20 requests and 100 ms. Slow is a median above <see cref="LimitsOptions.AcceptableLatency"/> and above <see cref="LimitsOptions.LatencyTolerance"/> times the baseline, which is the median with at most
/// <see cref="LimitsOptions.MinConcurrency"/> requests in progress. When there was no such window yet and requests are slow, and each minute while some are refused, only so many are let in for one window, of 10 s at most, to measure it. What was let in before takes no place from them, as it may stay for long; while it is many, for 5 s at most, what is let in beside it is not measured.
/// The rule (concurrency times gradient, plus its square root as headroom) is that of the gradient limit of Netflix' <see href="https://github.com/Netflix/concurrency-limits">concurrency-limits</see>,
/// the measured baseline that of Envoy's <see href="https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/adaptive_concurrency_filter">adaptive concurrency filter</see>.
/// </remarks>
internal sealed class AdaptiveLimit(LimitsOptions options, TimeProvider time)
{
    private const int LeastSamples = 20;
    private const int MostSamples = 256; // the newest of a window

    private static readonly TimeSpan LeastWindow = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BaselineAge = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestMeasuring = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new(); // guards everything below
    private readonly double[] samples = new double[MostSamples];
    private double limit = options.Concurrency;
    private int inProgress;
    private double baseline = double.PositiveInfinity;
    private long baselineAt = time.GetTimestamp();
    private bool baselineIsIdle;
    private bool measuringBaseline;
    private Window window = new(time.GetTimestamp());

    public int Limit
    {
        get
        {
            lock (gate)
            {
                return Allowed;
            }
        }
    }

    public int InProgress
    {
        get
        {
            lock (gate)
            {
                return inProgress;
            }
        }
    }

    private int Allowed => measuringBaseline ? options.MinConcurrency : (int)limit;

    /// <summary>Takes a place, which disposing gives back; null when there is none.</summary>
    public Place? Enter()
    {
        lock (gate)
        {
            if (measuringBaseline && time.GetElapsedTime(window.Started) >= LongestMeasuring)
            {
                Close(); // with what there is: it may be nothing
            }

            if ((measuringBaseline ? window.InProgress : inProgress) >= Allowed)
            {
                window.Refused = true;
                return null;
            }

            var (entered, counts) = (window, Counts());
            inProgress++;
            entered.InProgress++;
            entered.Peak = Math.Max(entered.Peak, inProgress);
            return new(time, measured => Leave(entered, counts, measured));
        }
    }

    /// <summary>Whether what enters now tells the latency of its window: that of an idle model it does not tell while many of before are there.</summary>
    private bool Counts() =>
        !measuringBaseline || inProgress - window.InProgress <= options.MinConcurrency || time.GetElapsedTime(window.Started) >= LongestDrain;

    private void Leave(Window entered, bool counts, Measured measured)
    {
        lock (gate)
        {
            inProgress--;
            entered.InProgress--;
            if (entered != window || !counts)
            {
                return; // it began beside the requests of another window
            }

            // One that ran out of time would have taken longer still: that says something only when it was slow.
            if (measured.Outcome == PlaceOutcome.Answered || (measured.Outcome == PlaceOutcome.TooLate && measured.Seconds > baseline))
            {
                samples[window.Samples++ % MostSamples] = measured.Seconds;
            }

            window.Dropped += measured.Outcome == PlaceOutcome.Dropped ? 1 : 0;
            if (window.Samples + window.Dropped >= LeastSamples && (measuringBaseline || time.GetElapsedTime(window.Started) >= LeastWindow))
            {
                Close();
            }
        }
    }

    private void Close()
    {
        var now = time.GetTimestamp();
        var latency = Median();
        var idle = measuringBaseline || window.Peak <= options.MinConcurrency;
        if (window.Samples > 0 && (idle || (latency < baseline && !baselineIsIdle)))
        {
            (baseline, baselineAt, baselineIsIdle) = (latency, now, idle);
        }

        limit = measuringBaseline ? limit : Math.Clamp(Next(latency), options.MinConcurrency, options.Concurrency);
        measuringBaseline = !idle && (baselineIsIdle ? window.Refused && time.GetElapsedTime(baselineAt, now) >= BaselineAge : latency > options.AcceptableLatency.TotalSeconds);
        window = new(now);
    }

    private double Next(double latency)
    {
        if (window.Dropped > 0)
        {
            return limit * 0.9;
        }

        var concurrency = Math.Min(limit, window.Peak);
        var acceptable = Math.Max(options.AcceptableLatency.TotalSeconds, options.LatencyTolerance * baseline);
        var next = (concurrency * Math.Clamp(acceptable / latency, 0.5, 1)) + Math.Sqrt(concurrency);
        return window.Refused || (latency > acceptable && next < limit) ? next : limit;
    }

    private double Median()
    {
        var sorted = samples.AsSpan(0, Math.Min(window.Samples, MostSamples));
        sorted.Sort();
        return sorted.IsEmpty ? 0 : sorted[sorted.Length / 2];
    }

    /// <summary>What is measured together.</summary>
    private sealed class Window(long started)
    {
        public long Started => started;

        public int Samples { get; set; }

        /// <summary>Of the requests that entered in it.</summary>
        public int InProgress { get; set; }

        /// <summary>Most requests in progress, of whatever window.</summary>
        public int Peak { get; set; }

        /// <summary>Whether one found no place.</summary>
        public bool Refused { get; set; }

        /// <summary>Requests that a called service refused because it had too many.</summary>
        public int Dropped { get; set; }
    }
}
