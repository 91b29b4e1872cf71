using MlAspire.Monitoring.Windows;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.Monitoring.Failures;

/// <summary><c>GET /v1/models/{name}/failures/segments</c>, with a key of the gateway that has the scope <c>audit.read</c>.</summary>
internal static class FailureEndpoints
{
    public static void AddFailures(this IHostApplicationBuilder builder)
    {
        builder.Services.AddTransient<AuditRecords>().AddTransient<FailureSegments>(); // its client is made anew, so that its handlers can change
    }

    public static void MapFailures(this IEndpointRouteBuilder routes) => routes.MapGet(
        "/v1/models/{name}/failures/segments",
        async (string name, string? from, string? to, string? failure, HttpRequest request, FailureSegments segments, TimeProvider time, CancellationToken cancellationToken) =>
            TypedResults.Ok(await segments.FindAsync(FailureQuestion.Of(name, TimeRange.Of(from, to, time.GetUtcNow()), failure), ApiKey.Of(request), cancellationToken)))
        .WithTags("failures").WithSummary("Where a model's failures are over-represented").WithParameters(
            ApiQuery.Time("from", "The first moment; without it an hour before to."), ApiQuery.Time("to", "The moment after the last; without it now."),
            new ApiParameter("failure", "What counts as a failure, separated by commas; without it error,fallback.") { Example = "error,fallback" })
        .FailsWith(ErrorCode.InvalidArgument, ErrorCode.Unauthenticated, ErrorCode.PermissionDenied, ErrorCode.Overloaded, ErrorCode.Unavailable, ErrorCode.DeadlineExceeded);
}
