using System.Globalization;
using System.Text.Json.Nodes;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Inference.Api.OpenApi;

/// <summary>The failures of V2's routes, from the one error table.</summary>
internal static class OpenApiErrors
{
    public static JsonObject Schema() => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("error", "code"),
        ["properties"] = new JsonObject
        {
            ["error"] = new JsonObject { ["type"] = "string", ["description"] = "What is wrong, with the field where there is one." },
            ["code"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. Enum.GetValues<ErrorCode>().Select(code => (JsonNode)ErrorMapping.Of(code).Wire)]) },
            ["field"] = new JsonObject { ["type"] = "string", ["description"] = "The first wrong field, where there is one." },
        },
    };

    /// <summary>Adds an answer for the status of each code; a status that several codes share names them all.</summary>
    public static void AddTo(JsonObject responses, params ErrorCode[] codes)
    {
        foreach (var status in codes.Select(ErrorMapping.Of).GroupBy(status => status.HttpStatus))
        {
            var response = new JsonObject
            {
                ["description"] = string.Join(", ", status.Select(each => each.Wire)),
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = TensorSchema.Reference("error") } },
            };
            if (status.First().IsRetryable)
            {
                response["headers"] = new JsonObject { ["Retry-After"] = new JsonObject { ["description"] = "Seconds.", ["schema"] = new JsonObject { ["type"] = "integer", ["minimum"] = 1 } } };
            }

            responses[status.Key.ToString(CultureInfo.InvariantCulture)] = response;
        }
    }
}
