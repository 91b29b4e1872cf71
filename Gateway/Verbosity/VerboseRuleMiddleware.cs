using System.Globalization;
using Microsoft.AspNetCore.Http.Metadata;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Subjects;

namespace MlAspire.Gateway.Verbosity;

/// <summary>Looks whether a verbose rule holds for a request. After the check of access, so that who may not call does not cost more for it.</summary>
internal sealed class VerboseRuleMiddleware(RequestDelegate next, VerboseRuleTable rules)
{
    private const int MostDigits = 18; // of a long

    public Task InvokeAsync(HttpContext context)
    {
        if (rules.HasAny)
        {
            rules.Begin(TraitsOf(context));
        }

        return next(context);
    }

    private static RequestTraits TraitsOf(HttpContext context)
    {
        var values = context.Request.RouteValues;
        return new(
            NumberOf(CorrelationId.Current), Subject.Current?.User, Subject.Current?.Session, (values["name"] ?? values["model"]) as string, values["version"] as string,
            context.GetEndpoint()?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route);
    }

    private static long? NumberOf(string? id)
    {
        var digits = id.AsSpan()[(id.AsSpan().LastIndexOfAnyExceptInRange('0', '9') + 1)..];
        return digits.Length is > 0 and <= MostDigits ? long.Parse(digits, CultureInfo.InvariantCulture) : null;
    }
}
