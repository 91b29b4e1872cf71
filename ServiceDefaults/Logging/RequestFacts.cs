using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Redaction;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Logging;

/// <summary>
/// What the one line of a request says beside its message: always where and on what it ran, and what the code on its way added. Code without an <see cref="HttpContext"/> finds it as <see cref="Current"/>.
/// Not thread-safe: a request's own code adds to it.
/// </summary>
public sealed class RequestFacts
{
    /// <summary>Of what the code may add; what is more is not in the line.</summary>
    public const int MaxAdded = 64;

    private static volatile ProcessFacts process = new(0);
    private static int active;

    [ThreadStatic]
    private static List<KeyValuePair<string, object?>>? told; // used again for the thread's next line

    private readonly List<KeyValuePair<string, object?>> added = [];

    private Action<object>? write; // null: the line is request_completed
    private object? about;
    private int others;

    private RequestFacts()
    {
    }

    /// <summary>Of the request whose code runs now; null outside of any.</summary>
    public static RequestFacts? Current => Work.Current?.Facts;

    /// <summary>Of the request whose line the calling thread writes, else none; checked. Work that outlives its request has lines too, which are not the request's.</summary>
    internal static ReadOnlySpan<KeyValuePair<string, object?>> Told => CollectionsMarshal.AsSpan(told);

    /// <summary>Wire name of the error that was reported; null = the status says how it ended.</summary>
    internal string? Outcome { get; set; }

    /// <summary>Whether the line is an event of the service's own.</summary>
    internal bool HasWriter => write is not null;

    /// <summary>Adds a fact to the request's line; a later one of the same name wins.</summary>
    /// <param name="name">As the line spells it, in snake_case.</param>
    public void Add(string name, object? value)
    {
        value = Redactor.Value(name, value);
        for (var index = 0; index < added.Count; index++)
        {
            if (added[index].Key == name)
            {
                added[index] = new(name, value);
                return;
            }
        }

        if (added.Count < MaxAdded)
        {
            added.Add(new(name, value));
        }
    }

    /// <inheritdoc cref="Add(string, object?)"/>
    public void Add(string name, bool value) => Add(name, Boxed.Of(value));

    /// <summary>Has the request's line be an event of the service's own, with everything that the line has.</summary>
    /// <param name="write">Logs the event; called once, when the request is over.</param>
    /// <param name="about">What <paramref name="write"/> is called with.</param>
    public void WriteBy(Action<object> write, object about) => (this.write, this.about) = (write, about);

    internal static RequestFacts Begin()
    {
        Interlocked.Increment(ref active);
        var facts = new RequestFacts();
        Work.Current = new Work { Facts = facts }; // never one that was there: a server that was started amid other work has that work's in all of its requests
        return facts;
    }

    /// <summary>The request is over.</summary>
    internal void End() => others = Interlocked.Decrement(ref active);

    /// <summary>From now on, until <see cref="Forget"/>, what the calling thread logs has what the code added and what is known of every request. What is the same as long as the process lives and does not tell it from others is in application_started alone.</summary>
    internal void Tell(HttpContext context, TimeProvider time)
    {
        told ??= [];
        told.AddRange(added);
        Set("protocol", context.Request.Protocol);
        Set("request_type", MediaType(context.Request.ContentType));
        Set("response_type", MediaType(context.Response.ContentType));
        Set("request_bytes", Bytes(context.Request.ContentLength));
        Set("response_bytes", Bytes(context.Response.ContentLength));
        if (context.RequestAborted.IsCancellationRequested)
        {
            Set("caller_gone", Boxed.Of(true));
        }

        Set("other_requests", Boxed.Of(others));
        told.AddRange((process.IsFresh(time) ? process : process = new ProcessFacts(time.GetTimestamp())).All);
    }

    /// <summary>Writes the service's own event, which has what <c>request_completed</c> has in its message.</summary>
    internal void Write(string method, string? route, int statusCode, string outcome, double durationMs)
    {
        Set("method", Checked(method));
        Set("route", route);
        Set("status_code", Boxed.Of(statusCode));
        Set("outcome", outcome);
        Set("duration_ms", durationMs);
        write!(about!);
    }

    internal static void Forget() => told?.Clear();

    private static void Set(string name, object? value) => told!.Add(new(name, value));

    private static string? Checked(string? text) => text is null ? null : Redactor.Text(text);

    // Without its parameters: application/json; charset=utf-8 is application/json.
    private static string? MediaType(string? type) => Checked(type?.IndexOf(';', StringComparison.Ordinal) is > 0 and var end ? type[..end] : type);

    private static object? Bytes(long? length) => length is { } bytes ? Boxed.Of(bytes) : null;

    /// <summary>What is known of the process; to ask for each request would cost more than the rest of its line.</summary>
    /// <param name="at">Timestamp.</param>
    private sealed class ProcessFacts(long at)
    {
        private static readonly TimeSpan Kept = TimeSpan.FromSeconds(1);
        private static readonly string Version = Assembly.GetEntryAssembly()?.GetName().Version?.ToString(3) ?? "unknown";

        public KeyValuePair<string, object?>[] All { get; } =
        [
            new("service_version", Version), new("host", Environment.MachineName), new("process_id", Environment.ProcessId),
            new("threads", ThreadPool.ThreadCount), new("queued_work", ThreadPool.PendingWorkItemCount),
        ];

        public bool IsFresh(TimeProvider time) => at != 0 && time.GetElapsedTime(at) < Kept;
    }
}
