using System.Text.Json.Nodes;
using MlAspire.Inference.Api.Models;
using MlAspire.Inference.Api.Rest;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.OpenApi;

/// <summary>The OpenAPI document of one version of a model, made from its signature: exact names, datatypes, shapes and limits, and an example that the model answers.</summary>
/// <remarks>Source: <see href="https://spec.openapis.org/oas/v3.1.1.html">OpenAPI 3.1.1</see>, whose schemas are JSON Schema 2020-12.</remarks>
internal static class ModelDocument
{
    public const string SpecVersion = "3.1.1";

    /// <param name="path">Of the model, as it was asked for: with or without the version.</param>
    public static JsonObject Of(LoadedModel model, string path) => new()
    {
        ["openapi"] = SpecVersion,
        ["info"] = new JsonObject { ["title"] = model.Name, ["version"] = model.Version, ["description"] = Description(model) },
        ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
        ["paths"] = new JsonObject
        {
            [path] = Get("metadata", "Inputs, outputs and versions"),
            [$"{path}/ready"] = Get("ready", "Whether the model answers"),
            [$"{path}/config"] = Get("config", "The configuration it is served with"),
            [$"{path}/stats"] = Get("statistics", "Counts and durations since it was loaded"),
            [$"{path}/infer"] = new JsonObject { ["post"] = Infer(model) },
        },
        ["components"] = new JsonObject { ["schemas"] = InferSchema.Components(model) },
    };

    private static string Description(LoadedModel model) => model.Config.MaxBatchSize > 0
        ? $"The first dimension of every input and output is the rows of the request, 1 to {model.Config.MaxBatchSize}."
        : "The model has no batch dimension: a request is one run.";

    private static JsonObject Get(string operation, string summary)
    {
        var responses = new JsonObject { ["200"] = new JsonObject { ["description"] = summary, ["content"] = new JsonObject { ["application/json"] = new JsonObject() } } };
        OpenApiErrors.AddTo(responses, ErrorCode.NotFound, ErrorCode.NotReady);
        return new JsonObject { ["get"] = new JsonObject { ["operationId"] = operation, ["summary"] = summary, ["responses"] = responses } };
    }

    private static JsonObject Infer(LoadedModel model)
    {
        var json = new JsonObject { ["schema"] = TensorSchema.Reference("infer_request") };
        if (InferSchema.Example(model) is { } example)
        {
            json["example"] = example;
        }

        var responses = new JsonObject { ["200"] = Answer() };
        OpenApiErrors.AddTo(
            responses, ErrorCode.InvalidArgument, ErrorCode.NotFound, ErrorCode.PayloadTooLarge, ErrorCode.Overloaded, ErrorCode.Internal, ErrorCode.Unavailable, ErrorCode.NotReady, ErrorCode.DeadlineExceeded);
        return new JsonObject
        {
            ["operationId"] = "infer",
            ["summary"] = $"Runs {model.Name}",
            ["parameters"] = new JsonArray(new JsonObject
            {
                ["name"] = BinaryHeader.Name,
                ["in"] = "header",
                ["description"] = "With application/octet-stream: bytes of the JSON in front; 0 = no JSON, the body is the only input.",
                ["schema"] = new JsonObject { ["type"] = "integer", ["minimum"] = 0 },
            }),
            ["requestBody"] = new JsonObject { ["required"] = true, ["content"] = new JsonObject { ["application/json"] = json, ["application/octet-stream"] = Binary("infer_request", "inputs", "input") } },
            ["responses"] = responses,
        };
    }

    private static JsonObject Answer() => new()
    {
        ["description"] = "The outputs, in the order asked for.",
        ["headers"] = new JsonObject
        {
            [BinaryHeader.Name] = new JsonObject { ["description"] = "With application/octet-stream: bytes of the JSON in front.", ["schema"] = new JsonObject { ["type"] = "integer", ["minimum"] = 1 } },
        },
        ["content"] = new JsonObject
        {
            ["application/json"] = new JsonObject { ["schema"] = TensorSchema.Reference("infer_response") },
            ["application/octet-stream"] = Binary("infer_response", "outputs", "output"),
        },
    };

    private static JsonObject Binary(string json, string plural, string singular) => new()
    {
        ["schema"] = new JsonObject
        {
            ["description"] = $"Binary tensor data: the JSON of {json}, in which some {plural} have parameters.binary_data_size in place of data, and then the bytes of each such {singular} in their order: "
                + "little-endian, row-major, without padding; BOOL one byte, a BYTES element its length as 32 bits and then its bytes.",
            ["type"] = "string",
            ["format"] = "binary",
        },
    };
}
