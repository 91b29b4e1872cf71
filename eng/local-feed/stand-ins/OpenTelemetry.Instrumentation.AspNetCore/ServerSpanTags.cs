using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace OpenTelemetry.Instrumentation.AspNetCore;

/// <summary>Name, tags and status of a server span; pure translation from the request and the response.</summary>
internal static partial class ServerSpanTags
{
    private static readonly HashSet<string> KnownMethods =
        new(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PATCH", "CONNECT", "QUERY"], StringComparer.OrdinalIgnoreCase);

    public static void SetRequest(Activity activity, HttpRequest request)
    {
        activity.DisplayName = Name(request.Method, route: null);
        if (request.Host.HasValue)
        {
            activity.SetTag("server.address", request.Host.Host);
            if (request.Host.Port is { } port)
            {
                activity.SetTag("server.port", port);
            }
        }

        if (request.QueryString.HasValue)
        {
            activity.SetTag("url.query", QueryValue().Replace(request.QueryString.Value!, "=Redacted"));
        }

        var method = Normalized(request.Method);
        activity.SetTag("http.request.method", method);
        if (method != request.Method)
        {
            activity.SetTag("http.request.method_original", request.Method);
        }

        var path = (request.PathBase + request.Path).ToString();
        activity.SetTag("url.scheme", request.Scheme);
        activity.SetTag("url.path", path.Length == 0 ? "/" : path);
        activity.SetTag("network.protocol.version", ProtocolVersion(request.Protocol));
        if (request.Headers.UserAgent is [{ Length: > 0 } userAgent, ..])
        {
            activity.SetTag("user_agent.original", userAgent);
        }
    }

    public static void SetResponse(Activity activity, HttpContext context)
    {
        if (Route(context) is { } route)
        {
            activity.DisplayName = Name(context.Request.Method, route);
            activity.SetTag("http.route", route);
        }

        var status = context.Response.StatusCode;
        activity.SetTag("http.response.status_code", status);
        if (activity.Status == ActivityStatusCode.Unset && status is >= 500 and <= 599)
        {
            activity.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static string Normalized(string method) =>
        KnownMethods.TryGetValue(method, out var known) ? known : "_OTHER";

    private static string Name(string method, string? route)
    {
        var prefix = Normalized(method) is var known && known == "_OTHER" ? "HTTP" : known;
        return route is null ? prefix : $"{prefix} {route}";
    }

    private static string? Route(HttpContext context)
    {
        // A re-executing exception handler clears the endpoint and leaves the original here.
        var endpoint = context.GetEndpoint() ?? (context.Items.TryGetValue("__OriginalEndpoint", out var original) ? original as Endpoint : null);
        return endpoint?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route is { } route ? (route.Length == 0 ? "/" : route) : null;
    }

    private static string ProtocolVersion(string protocol) => protocol switch
    {
        "HTTP/1.1" => "1.1",
        "HTTP/2" => "2",
        "HTTP/3" => "3",
        _ => protocol,
    };

    [GeneratedRegex("=[^&]*")]
    private static partial Regex QueryValue();
}
