using System.Buffers.Binary;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Logging;

namespace MlAspire.ServiceDefaults.Detail;

/// <summary>Decides for each request whether its lines and spans are told. What can be known at its beginning is decided there; else it is held until its end, and with a caller that is to decide until the caller has.</summary>
internal sealed class DetailMiddleware(RequestDelegate next, WaitingDetails waiting, VerdictSender verdicts, TimeProvider time, IOptions<DetailOptions> options)
{
    private readonly DetailOptions options = options.Value;

    public async Task InvokeAsync(HttpContext context)
    {
        if (RequestLogMiddleware.IsWatching(context))
        {
            await next(context);
            return;
        }

        var started = time.GetTimestamp();
        var trace = Activity.Current?.TraceId;
        if (!options.TrustsCallers)
        {
            context.Request.Headers.Remove(DetailHeader.Name); // a request that is forwarded must not carry it inside
        }

        var said = context.Request.Headers[DetailHeader.Name].ToString();
        var detail = Begin(context, said, trace);
        if (said == DetailHeader.Pending)
        {
            TellCaller(detail, context, started);
        }

        try
        {
            await next(context);
        }
        finally
        {
            Judge(detail, context, started);
            End(detail, said == DetailHeader.Pending, trace?.ToHexString());
        }
    }

    /// <summary>Whether the trace is in the sample: the same answer in every service.</summary>
    /// <param name="share">0 to 1.</param>
    public static bool IsSampled(ActivityTraceId trace, double share)
    {
        Span<byte> id = stackalloc byte[16];
        trace.CopyTo(id);

        // The last 7 bytes of an id are random (W3C Trace Context 2).
        return (BinaryPrimitives.ReadUInt64BigEndian(id[8..]) & ((1UL << 56) - 1)) < share * (1UL << 56);
    }

    private RequestDetail Begin(HttpContext context, string said, ActivityTraceId? trace)
    {
        var detail = new RequestDetail(options.MaxHeldPerRequest);
        var reason = said switch
        {
            DetailHeader.Verbose => Verbose.Reason,
            _ when options.Level == TelemetryLevel.Full => "full",
            DetailHeader.Keep => "caller",
            _ when options.Level == TelemetryLevel.Standard && trace is { } id && IsSampled(id, options.SampledShare) => "sampled",
            _ => null,
        };
        // Spans of a request that is kept anyway need not find it.
        detail.Enter(reason is null ? context.Features.Get<IHttpActivityFeature>()?.Activity : null);
        if (reason is not null)
        {
            detail.Keep(reason, verbose: reason == DetailHeader.Verbose);
        }
        else if (options.Level == TelemetryLevel.Basic)
        {
            detail.Discard();
        }

        return detail;
    }

    private void TellCaller(RequestDetail detail, HttpContext context, long started) => context.Response.OnStarting(() =>
    {
        Judge(detail, context, started);
        context.Response.Headers[DetailHeader.Name] = detail.Reason is null ? DetailHeader.Pending : DetailHeader.Keep;
        return Task.CompletedTask;
    });

    private void Judge(RequestDetail detail, HttpContext context, long started)
    {
        if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
        {
            detail.Keep("error");
        }
        else if (time.GetElapsedTime(started) >= options.SlowFrom)
        {
            detail.Keep("slow");
        }
    }

    private void End(RequestDetail detail, bool callerDecides, string? trace)
    {
        RequestFacts.Current?.Add("detail", detail.Reason);
        if (detail.Reason is not null)
        {
            verdicts.Send(detail.Callees, trace);
        }
        else if (callerDecides && trace is not null)
        {
            waiting.Add(trace, detail);
        }
        else
        {
            detail.Discard();
        }
    }
}
