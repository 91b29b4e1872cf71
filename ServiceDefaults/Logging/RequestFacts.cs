using System.Collections;
using System.Diagnostics;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Redaction;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>
/// What the one line of a request says beside its message: always where and on what it ran, and what the code on its way added. Code without an <see cref="HttpContext"/> finds it as <see cref="Current"/>.
/// Not thread-safe: a request's own code adds to it.
/// </summary>
public sealed class RequestFacts : ICheckedState
{
    /// <summary>Of what the code may add; what is more is not in the line.</summary>
    public const int MaxAdded = 64;

    private const int Usual = 24;

    private static readonly object isTrue = true;
    private static readonly object isFalse = false;
    private static volatile ProcessFacts process = new(0);
    private static int active;

    [ThreadStatic]
    private static RequestFacts? told;

    private readonly List<KeyValuePair<string, object?>> facts = new(Usual);
    private KeyValuePair<string, object?>[] shared = []; // with the lines of other requests
    private int added;

    private RequestFacts()
    {
    }

    /// <summary>Of the request whose code runs now; null outside of any.</summary>
    public static RequestFacts? Current => Work.Current?.Facts;

    public int Count => facts.Count + shared.Length;

    public KeyValuePair<string, object?> this[int index] => index < facts.Count ? facts[index] : shared[index - facts.Count];

    /// <summary>Those whose line the calling thread writes: they are the scope of this one line. Work that outlives its request has lines too, which are not the request's.</summary>
    internal static RequestFacts? Told { get => told; set => told = value; }

    /// <summary>Wire name of the error that was reported; null = the status says how it ended.</summary>
    internal string? Outcome { get; set; }

    /// <summary>Writes the request's line; null = as <c>request_completed</c>.</summary>
    internal Action? Writer { get; private set; }

    /// <summary>Adds a fact to the request's line; a later one of the same name wins.</summary>
    /// <param name="name">As the line spells it, in snake_case.</param>
    public void Add(string name, object? value)
    {
        value = Redactor.Value(name, value);
        for (var index = 0; index < facts.Count; index++)
        {
            if (facts[index].Key == name)
            {
                facts[index] = new(name, value);
                return;
            }
        }

        if (added++ < MaxAdded)
        {
            facts.Add(new(name, value));
        }
    }

    /// <inheritdoc cref="Add(string, object?)"/>
    public void Add(string name, bool value) => Add(name, Boxed(value));

    /// <summary>Has the request's line be an event of the service's own, with everything that the line has.</summary>
    /// <param name="write">Logs the event; called once, when the request is over.</param>
    public void WriteBy(Action write) => Writer = write;

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => facts.Concat(shared).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static RequestFacts Begin()
    {
        Interlocked.Increment(ref active);
        var facts = new RequestFacts();
        Work.Current = new Work { Facts = facts }; // never one that was there: a server that was started amid other work has that work's in all of its requests
        return facts;
    }

    /// <summary>Adds what is known of every request when it is over.</summary>
    internal void End(HttpContext context, string environment, TimeProvider time)
    {
        var others = Interlocked.Decrement(ref active);
        var connection = context.Features.Get<IHttpConnectionFeature>();
        Set("protocol", context.Request.Protocol);
        Set("scheme", context.Request.Scheme);
        Set("request_type", Checked(context.Request.ContentType));
        Set("response_type", Checked(context.Response.ContentType));
        Set("request_bytes", context.Request.ContentLength);
        Set("response_bytes", context.Response.ContentLength);
        Set("caller_gone", Boxed(context.RequestAborted.IsCancellationRequested));
        Set("server_port", connection?.LocalPort);
        Set("sampled", Boxed(Activity.Current?.Recorded ?? false));
        Set("environment", environment);
        Set("other_requests", others);
        shared = (process.IsFresh(time) ? process : process = new ProcessFacts(time.GetTimestamp())).All;
    }

    /// <summary>Adds what <c>request_completed</c> has in its message, for a line that is another event.</summary>
    internal void Answered(string method, string? route, int statusCode, string outcome, double durationMs)
    {
        Set("method", Checked(method));
        Set("route", route);
        Set("status_code", statusCode);
        Set("outcome", outcome);
        Set("duration_ms", durationMs);
    }

    private static string? Checked(string? text) => text is null ? null : Redactor.Text(text);

    private static object Boxed(bool value) => value ? isTrue : isFalse;

    private void Set(string name, object? value) => facts.Add(new(name, value));

    /// <summary>What is known of the process; to ask for each request would cost more than the rest of its line.</summary>
    /// <param name="at">Timestamp.</param>
    private sealed class ProcessFacts(long at)
    {
        private static readonly TimeSpan kept = TimeSpan.FromSeconds(1);
        private static readonly string version = Assembly.GetEntryAssembly()?.GetName().Version?.ToString(3) ?? "unknown";

        public KeyValuePair<string, object?>[] All { get; } =
        [
            new("service_version", version), new("host", Environment.MachineName), new("process_id", Environment.ProcessId),
            new("threads", ThreadPool.ThreadCount), new("queued_work", ThreadPool.PendingWorkItemCount), new("memory_bytes", GC.GetTotalMemory(false)), new("gc_collections", GC.CollectionCount(2)),
        ];

        public bool IsFresh(TimeProvider time) => at != 0 && time.GetElapsedTime(at) < kept;
    }
}
