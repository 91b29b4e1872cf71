using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using OpenTelemetry.Context.Propagation;

namespace OpenTelemetry.Instrumentation.AspNetCore;

/// <summary>
/// Gives the server activity of ASP.NET Core, which has no tags of its own, the name, tags and status of the HTTP semantic conventions.
/// Source: <see href="https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server">HTTP server spans</see>.
/// </summary>
internal sealed class ServerSpanListener : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string Request = "Microsoft.AspNetCore.Hosting.HttpRequestIn";
    private const string Start = Request + ".Start";
    private const string Stop = Request + ".Stop";
    private const string HostingException = "Microsoft.AspNetCore.Hosting.UnhandledException";
    private const string DiagnosticsException = "Microsoft.AspNetCore.Diagnostics.UnhandledException";

    // Marks the span that replaces ASP.NET Core's when the parent came in a format that only OpenTelemetry's propagator reads.
    private const string OwnSpan = "IsCreatedByInstrumentation";

    private readonly AspNetCoreTraceInstrumentationOptions options;
    private readonly IDisposable allListeners;
    private readonly List<IDisposable> subscriptions = []; // guarded by itself

    public ServerSpanListener(AspNetCoreTraceInstrumentationOptions options)
    {
        this.options = options;
        allListeners = DiagnosticListener.AllListeners.Subscribe(this);
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name != "Microsoft.AspNetCore")
        {
            return;
        }

        lock (subscriptions)
        {
            subscriptions.Add(value.Subscribe(this, static (name, _, _) => name is Request or Start or Stop or HostingException or DiagnosticsException));
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (Activity.Current is not { } activity)
        {
            return;
        }

        switch (value.Key)
        {
            case Start when value.Value is HttpContext context:
                OnStart(activity, context);
                break;
            case Stop when value.Value is HttpContext context:
                OnStop(activity, context);
                break;
            case HostingException or DiagnosticsException when ExceptionOf(value.Value) is { } exception:
                OnException(activity, exception);
                break;
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    public void Dispose()
    {
        allListeners.Dispose();
        lock (subscriptions)
        {
            subscriptions.ForEach(subscription => subscription.Dispose());
        }
    }

    private void OnStart(Activity activity, HttpContext context)
    {
        activity = WithExtractedParent(activity, context.Request);
        if (!activity.IsAllDataRequested)
        {
            return;
        }

        if (!Wanted(context))
        {
            activity.IsAllDataRequested = false;
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            return;
        }

        ServerSpanTags.SetRequest(activity, context.Request);
        Enrich(options.EnrichWithHttpRequest, activity, context.Request);
    }

    private void OnStop(Activity activity, HttpContext context)
    {
        if (activity.IsAllDataRequested)
        {
            ServerSpanTags.SetResponse(activity, context);
            Enrich(options.EnrichWithHttpResponse, activity, context.Response);
        }

        if (ReferenceEquals(activity.GetTagItem(OwnSpan), bool.TrueString))
        {
            activity.SetTag(OwnSpan, null);
            activity.Stop();
        }
    }

    private void OnException(Activity activity, Exception exception)
    {
        if (!activity.IsAllDataRequested)
        {
            return;
        }

        activity.SetTag("error.type", exception.GetType().FullName);
        if (options.RecordException)
        {
            activity.AddException(exception);
        }

        activity.SetStatus(ActivityStatusCode.Error);
        Enrich(options.EnrichWithException, activity, exception);
    }

    /// <summary>ASP.NET Core has read traceparent already; a different parent (another format) or baggage is read here.</summary>
    private static Activity WithExtractedParent(Activity activity, HttpRequest request)
    {
        var propagator = Propagators.DefaultTextMapPropagator;
        if (propagator is TraceContextPropagator)
        {
            return activity;
        }

        var extracted = propagator.Extract(default, request, static (message, name) => message.Headers.TryGetValue(name, out var values) ? values : []);
        Baggage.Current = extracted.Baggage;
        var parent = extracted.ActivityContext;
        if (!parent.IsValid() || (parent.TraceId == activity.TraceId && parent.SpanId == activity.ParentSpanId && parent.TraceState == activity.TraceStateString))
        {
            return activity;
        }

        if (activity.Source.CreateActivity(Request, ActivityKind.Server, parent) is not { } sibling)
        {
            return activity;
        }

        activity.IsAllDataRequested = false;
        sibling.TraceStateString = parent.TraceState;
        sibling.SetTag(OwnSpan, bool.TrueString);
        return sibling.Start();
    }

    private bool Wanted(HttpContext context)
    {
        try
        {
            return options.Filter?.Invoke(context) ?? true;
        }
        catch (Exception) // the genuine contract: a filter that throws leaves the request out
        {
            return false;
        }
    }

    private static void Enrich<T>(Action<Activity, T>? enrich, Activity activity, T with)
    {
        try
        {
            enrich?.Invoke(activity, with);
        }
        catch (Exception) // the genuine contract: enrichment never breaks a request
        {
        }
    }

    private static Exception? ExceptionOf(object? payload) =>
        payload?.GetType().GetProperty("exception", System.Reflection.BindingFlags.IgnoreCase | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Instance)
            ?.GetValue(payload) as Exception;
}
