using System.Text.Json.Nodes;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.OpenApi;

/// <summary>The OpenAPI document of the server: its routes for any model. The typed document of a model is at <c>/v2/models/{model}/openapi.json</c>.</summary>
internal static class ServerDocument
{
    private const string Model = "/v2/models/{model}";
    private const string Version = Model + "/versions/{version}";

    public static JsonObject Of(ServerMetadata server)
    {
        var paths = new JsonObject
        {
            ["/"] = Path(("get", "service_index", "What this service is, and where to go on")),
            ["/v2"] = Path(("get", "server_metadata", "Name, version and extensions")),
            ["/v2/health/live"] = Path(("get", "server_live", "Whether the process runs")),
            ["/v2/health/ready"] = Path(("get", "server_ready", "Whether the server answers")),
            ["/v2/models"] = Path(("get", "models", "Names of the models")),
            ["/v2/models/stats"] = Path(("get", "statistics", "Counts and durations of all models")),
            ["/v2/repository/index"] = Path(("post", "repository_index", "Models, versions and states")),
            ["/v2/repository/models/{model}/load"] = Path(("post", "load", "Loads a model, or loads it again")),
            ["/v2/repository/models/{model}/unload"] = Path(("post", "unload", "Unloads a model")),
            ["/v2/logging"] = Path(("get", "log_settings", "The log settings"), ("post", "change_log_settings", "Changes log settings")),
        };
        foreach (var (prefix, suffix) in ((string, string)[])[(Model, ""), (Version, "_of_version")])
        {
            paths[prefix] = Path(("get", $"model_metadata{suffix}", "Inputs, outputs and versions"));
            paths[$"{prefix}/ready"] = Path(("get", $"model_ready{suffix}", "Whether the model answers"));
            paths[$"{prefix}/config"] = Path(("get", $"model_config{suffix}", "The configuration it is served with"));
            paths[$"{prefix}/stats"] = Path(("get", $"model_statistics{suffix}", "Counts and durations since it was loaded"));
            paths[$"{prefix}/openapi.json"] = Path(("get", $"model_openapi{suffix}", "The typed OpenAPI document of the model"));
            paths[$"{prefix}/infer"] = Path(("post", $"infer{suffix}", "Runs the model; its own document has the types"));
        }

        return new JsonObject
        {
            ["openapi"] = ModelDocument.SpecVersion,
            ["info"] = new JsonObject { ["title"] = server.Name, ["version"] = server.Version, ["description"] = "The Open Inference Protocol (V2) over REST." },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["paths"] = Parameterised(paths),
            ["components"] = new JsonObject { ["schemas"] = new JsonObject { ["error"] = OpenApiErrors.Schema() } },
        };
    }

    private static JsonObject Path(params (string Method, string Operation, string Summary)[] operations) =>
        new(operations.Select(each => KeyValuePair.Create(each.Method, (JsonNode?)Operation(each.Method, each.Operation, each.Summary))));

    private static JsonObject Operation(string method, string operation, string summary)
    {
        var responses = new JsonObject { ["200"] = new JsonObject { ["description"] = summary, ["content"] = new JsonObject { ["application/json"] = new JsonObject() } } };
        OpenApiErrors.AddTo(responses, ErrorCode.InvalidArgument, ErrorCode.NotFound, ErrorCode.NotReady);
        var described = new JsonObject { ["operationId"] = operation, ["summary"] = summary, ["responses"] = responses };
        if (method == "post")
        {
            described["requestBody"] = new JsonObject { ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "object" } } } };
        }

        return described;
    }

    private static JsonObject Parameterised(JsonObject paths)
    {
        foreach (var (path, item) in paths)
        {
            string[] names = [.. ((string[])["model", "version"]).Where(name => path.Contains($"{{{name}}}", StringComparison.Ordinal))];
            if (names.Length > 0)
            {
                item!["parameters"] = new JsonArray([.. names.Select(name => new JsonObject { ["name"] = name, ["in"] = "path", ["required"] = true, ["schema"] = new JsonObject { ["type"] = "string" } })]);
            }
        }

        return paths;
    }
}
