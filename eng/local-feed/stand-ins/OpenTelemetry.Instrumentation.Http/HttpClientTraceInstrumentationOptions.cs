using System.Diagnostics;

namespace OpenTelemetry.Instrumentation.Http;

/// <summary>What is recorded of a client request, and what is added to its span.</summary>
public class HttpClientTraceInstrumentationOptions
{
    /// <summary>False, or an exception, leaves the request out of the trace. Null records every request.</summary>
    public Func<HttpRequestMessage, bool>? FilterHttpRequestMessage { get; set; }

    public Action<Activity, HttpRequestMessage>? EnrichWithHttpRequestMessage { get; set; }

    public Action<Activity, HttpResponseMessage>? EnrichWithHttpResponseMessage { get; set; }

    public Action<Activity, Exception>? EnrichWithException { get; set; }

    /// <summary>Whether an exception becomes an event of the span. Default: false.</summary>
    public bool RecordException { get; set; }
}
