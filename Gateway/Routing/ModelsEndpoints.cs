using System.Text.Json.Serialization;
using MlAspire.Gateway.Access;
using MlAspire.Gateway.Pipeline.Definition;

namespace MlAspire.Gateway.Routing;

/// <summary><c>GET /v1/models</c>: what can be asked, and with which columns.</summary>
internal static class ModelsEndpoints
{
    public static void MapModels(this IEndpointRouteBuilder routes) => routes.MapGet(
        "/v1/models",
        (PipelineTable table) => TypedResults.Json(
            new ModelList([.. table.Current.Models.Values.OrderBy(model => model.Definition.Model, StringComparer.Ordinal).Select(Describe)]), ModelsJson.Default.ModelList)).RequireScope(Scope.Predict)
        .WithTags("predictions").WithSummary("What can be asked, and with which columns").Produces<ModelList>();

    private static ModelDescription Describe(PipelineModel model) => new(
        model.Definition.Model,
        model.Definition.FeatureService,
        model.Definition.Entities,
        [.. model.Definition.Inputs.Select(input => new InputDescription(input.Name, input.Type == PipelineInputType.Number ? "number" : "time", input.Min, input.Max))],
        model.Inputs.Features,
        new(model.Definition.Output.Name, model.Definition.Output.Threshold, model.Definition.Output.Labels));
}

public sealed record ModelList(IReadOnlyList<ModelDescription> Models);

public sealed record ModelDescription(
    string Name, string? FeatureService, IReadOnlyList<string> Entities, IReadOnlyList<InputDescription> Inputs, IReadOnlyList<string> Features, OutputDescription Output);

public sealed record InputDescription(string Name, string Type, double? Min, double? Max);

public sealed record OutputDescription(string Name, double Threshold, IReadOnlyList<string> Labels);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ModelList))]
internal sealed partial class ModelsJson : JsonSerializerContext;
