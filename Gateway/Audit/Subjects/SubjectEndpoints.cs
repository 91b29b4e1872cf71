using Microsoft.AspNetCore.Http.Features;
using MlAspire.Gateway.Access;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;
using MlAspire.ServiceDefaults.Redaction;

namespace MlAspire.Gateway.Audit.Subjects;

/// <summary><c>DELETE /v1/subjects/{id}</c>, scope <c>admin</c>: what the audit log keeps of a person can be read by nobody any more.</summary>
internal static class SubjectEndpoints
{
    public static void MapSubjects(this IEndpointRouteBuilder routes) =>
        routes.MapDelete($"{SensitiveNames.SubjectsPath}{{**id}}", async (string id, HttpContext context, Erasure erasure, CancellationToken cancellationToken) => TypedResults.Json(
            await erasure.RunAsync(id, context.Features.GetRequiredFeature<Caller>().Name, cancellationToken), SubjectJson.Default.ErasureAnswer)).RequireScope(Scope.Admin)
            .WithTags("audit").WithSummary("Erases what the audit log keeps of a person").Produces<ErasureAnswer>().FailsWith(ErrorCode.NotFound, ErrorCode.Unavailable);
}
