using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using MlAspire.ServiceDefaults.Health;
using MlAspire.ServiceDefaults.Prometheus;

namespace MlAspire.ServiceDefaults.OpenApi;

/// <summary>What a service says of itself.</summary>
/// <param name="Title">Its name.</param>
/// <param name="Description">What it is for, in CommonMark.</param>
/// <param name="Docs">Its document in the repository.</param>
public sealed record ServiceInfo(string Title, string Description, string Docs);

/// <summary>Answer of <c>GET /</c>: what answers here, and where to go on. It holds no secret and needs no key.</summary>
/// <param name="Service">Its name.</param>
/// <param name="Version">Of the build.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Links">Paths of this service, by what is there; <c>docs</c> is a file of the repository.</param>
public sealed record ServiceIndex(string Service, string Version, string Description, IReadOnlyDictionary<string, string> Links)
{
    public const string Path = "/";

    internal static ServiceIndex Of(ServiceInfo info) => new(info.Title, ServiceVersion.Text, info.Description, new Dictionary<string, string>
    {
        ["openapi"] = ApiDocument.Path,
        ["health"] = HealthEndpoints.ReadyPath,
        ["metrics"] = MetricsEndpoints.Path,
        ["docs"] = info.Docs,
    });
}

/// <summary>How a service has its index.</summary>
public static class ServiceIndexes
{
    /// <summary>Maps <c>GET /</c>. The answer is made once.</summary>
    public static void MapServiceIndex(this IEndpointRouteBuilder routes)
    {
        var answer = routes.ServiceProvider.GetRequiredService<ServiceInfo>().Index();
        routes.MapGet(ServiceIndex.Path, () => answer).WithTags(ApiTags.Operations).WithSummary("What this service is, and where to go on").Produces<ServiceIndex>();
    }

    /// <summary>The index as an answer.</summary>
    public static ContentHttpResult Index(this ServiceInfo info) => TypedResults.Text(JsonSerializer.Serialize(ServiceIndex.Of(info), ServiceIndexJson.Default.ServiceIndex), "application/json");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ServiceIndex))]
internal sealed partial class ServiceIndexJson : JsonSerializerContext;
