using System.Diagnostics;
using System.Reflection;
using OpenTelemetry.Context.Propagation;

namespace OpenTelemetry.Instrumentation.Http;

/// <summary>
/// Filters and enriches the client activity of HttpClient, whose tags, status and error type the runtime sets itself since .NET 9,
/// and sends what OpenTelemetry's propagator knows beyond traceparent (baggage).
/// </summary>
internal sealed class ClientSpanListener : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string Start = "System.Net.Http.HttpRequestOut.Start";
    private const string Stop = "System.Net.Http.HttpRequestOut.Stop";
    private const string Failed = "System.Net.Http.Exception";

    private readonly HttpClientTraceInstrumentationOptions options;
    private readonly IDisposable allListeners;
    private IDisposable? subscription;

    public ClientSpanListener(HttpClientTraceInstrumentationOptions options)
    {
        this.options = options;
        allListeners = DiagnosticListener.AllListeners.Subscribe(this);
    }

    // "System.Net.Http.HttpRequestOut" itself stays disabled: enabled, the runtime would make an activity that the sampler had refused.
    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == "HttpHandlerDiagnosticListener")
        {
            subscription = value.Subscribe(this, static (name, _, _) => name is Start or Stop or Failed);
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
            case Start when Read<HttpRequestMessage>(value.Value, "Request") is { } request:
                OnStart(activity, request);
                break;
            case Stop when activity.IsAllDataRequested && Read<HttpResponseMessage>(value.Value, "Response") is { } response:
                Enrich(() => options.EnrichWithHttpResponseMessage?.Invoke(activity, response));
                break;
            case Failed when activity.IsAllDataRequested && Read<Exception>(value.Value, "Exception") is { } exception:
                if (options.RecordException)
                {
                    activity.AddException(exception);
                }

                Enrich(() => options.EnrichWithException?.Invoke(activity, exception));
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
        subscription?.Dispose();
    }

    private void OnStart(Activity activity, HttpRequestMessage request)
    {
        var propagator = Propagators.DefaultTextMapPropagator;
        if (propagator is not TraceContextPropagator)
        {
            propagator.Inject(new PropagationContext(activity.Context, Baggage.Current), request, static (message, name, value) =>
            {
                message.Headers.Remove(name);
                message.Headers.TryAddWithoutValidation(name, value);
            });
        }

        if (!activity.IsAllDataRequested)
        {
            return;
        }

        if (!Wanted(request))
        {
            activity.IsAllDataRequested = false;
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            return;
        }

        Enrich(() => options.EnrichWithHttpRequestMessage?.Invoke(activity, request));
    }

    private bool Wanted(HttpRequestMessage request)
    {
        try
        {
            return options.FilterHttpRequestMessage?.Invoke(request) ?? true;
        }
        catch (Exception) // the genuine contract: a filter that throws leaves the request out
        {
            return false;
        }
    }

    private static void Enrich(Action enrich)
    {
        try
        {
            enrich();
        }
        catch (Exception) // the genuine contract: enrichment never breaks a request
        {
        }
    }

    private static T? Read<T>(object? payload, string property)
        where T : class =>
        payload?.GetType().GetProperty(property, BindingFlags.Public | BindingFlags.Instance)?.GetValue(payload) as T;
}
