using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using MlAspire.ServiceDefaults.Telemetry;

namespace MlAspire.ServiceDefaults.Correlation;

/// <summary>Takes the caller's correlation id, from its header or else from its baggage, or makes one, and puts it on the span, the log lines and the answer.</summary>
internal sealed class CorrelationMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        string? said = context.Request.Headers[CorrelationId.HeaderName];
        var activity = context.Features.Get<IHttpActivityFeature>()?.Activity ?? Activity.Current;
        var carried = activity?.GetBaggageItem(TelemetryNames.Attributes.CorrelationId);
        var id = CorrelationId.IsValid(said) ? said! : CorrelationId.OfBaggage(carried) ?? CorrelationId.Create();
        var work = Work.Enter();
        (work.CorrelationId, work.Scope) = (id, new RequestScope(id, context.Request.Path));
        activity?.SetTag(TelemetryNames.Attributes.CorrelationId, id);
        if (carried is null)
        {
            activity?.AddBaggage(TelemetryNames.Attributes.CorrelationId, id); // .NET's clients send it on
        }


        // Set when the answer starts, not now: a proxy copies the header of the service behind it and would send both.
        context.Response.OnStarting(
            static state =>
            {
                var (response, id) = ((HttpResponse, string))state;
                response.Headers[CorrelationId.HeaderName] = id;
                return Task.CompletedTask;
            },
            (context.Response, id));
        return next(context);
    }
}
