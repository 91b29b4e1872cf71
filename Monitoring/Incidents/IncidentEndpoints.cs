using System.Globalization;
using MlAspire.Monitoring.Configuration;
using MlAspire.Monitoring.Windows;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.Monitoring.Incidents;

/// <summary><c>GET /v1/incidents/bundle</c>, with a key of the gateway that has the scope <c>audit.read</c>: all that is known of a range of time, in one archive.</summary>
internal static class IncidentEndpoints
{
    public static void AddIncidents(this IHostApplicationBuilder builder)
    {
        builder.AddWatchedServicesClient(IncidentSources.ClientName, IncidentSources.Limit, IncidentSources.MaxAnswerBytes);
        builder.Services.AddSingleton<IncidentSources>().AddSingleton<IncidentAudit>().AddTransient<IncidentBundle>();
    }

    public static void MapIncidents(this IEndpointRouteBuilder routes) => routes.MapGet(
        "/v1/incidents/bundle", async (string? from, string? to, HttpRequest request, IncidentBundle bundle, TimeProvider time, CancellationToken cancellationToken) =>
        {
            var range = TimeRange.Of(from, to, time.GetUtcNow());
            var archive = await bundle.MakeAsync(range, ApiKey.Of(request), cancellationToken);
            return TypedResults.File(archive, "application/zip", string.Create(CultureInfo.InvariantCulture, $"incident-{range.From.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.zip"));
        })
        .WithTags("incidents").WithSummary("All that is known of a range of time, in one archive").Produces<Stream>(StatusCodes.Status200OK, "application/zip").WithParameters(
            ApiQuery.Time("from", "The first moment; without it an hour before to."), ApiQuery.Time("to", "The moment after the last; without it now."))
        .FailsWith(ErrorCode.InvalidArgument, ErrorCode.Unauthenticated, ErrorCode.PermissionDenied, ErrorCode.Overloaded, ErrorCode.Unavailable, ErrorCode.DeadlineExceeded);
}
