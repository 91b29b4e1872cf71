using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.Monitoring.Failures;
using MlAspire.Monitoring.Health;
using MlAspire.Monitoring.LogRules;
using MlAspire.Monitoring.Quality;
using MlAspire.Monitoring.Rollouts;
using MlAspire.Monitoring.Summary;

namespace MlAspire.Monitoring;

/// <summary>How the routes read and write JSON: snake_case, strict about what they are given.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ModelSummary))]
[JsonSerializable(typeof(FeedbackRequest))]
[JsonSerializable(typeof(FeedbackResponse))]
[JsonSerializable(typeof(LogRuleList))]
[JsonSerializable(typeof(SystemHealth))]
[JsonSerializable(typeof(SegmentsAnswer))]
[JsonSerializable(typeof(RolloutList))]
internal sealed partial class MonitoringJson : JsonSerializerContext
{
    public static void Use(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.AllowDuplicateProperties = false;
        options.TypeInfoResolverChain.Insert(0, Default);
    }
}
