using MlAspire.FeatureStore.Reload;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.OpenApi;

namespace MlAspire.FeatureStore.Quarantine;

/// <summary>What was set aside, for those who may write: the rows have their values.</summary>
internal static class QuarantineEndpoints
{
    public static void AddQuarantine(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<RowQuarantine>();

    public static void MapQuarantine(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/quarantine", (int? limit, ServedRegistry registry, RowQuarantine quarantine, CancellationToken cancellationToken) => quarantine.ListAsync(registry.Current.Keys, limit ?? 100, cancellationToken)).RequireKey()
            .WithTags("quarantine").WithSummary("The oldest rows that were set aside").WithParameters(ApiQuery.Number("limit", "Most rows; 100 without it.", 1, RowQuarantine.MaxRows))
            .FailsWith(ErrorCode.InvalidArgument, ErrorCode.Unavailable);
        routes.MapDelete("/v1/quarantine", async (ServedRegistry registry, RowQuarantine quarantine, CancellationToken cancellationToken) =>
        {
            await quarantine.EmptyAsync(registry.Current.Keys, cancellationToken);
            return TypedResults.NoContent();
        }).RequireKey().WithTags("quarantine").WithSummary("Forgets all rows that were set aside").FailsWith(ErrorCode.Unavailable);
    }
}
