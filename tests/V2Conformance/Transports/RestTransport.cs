using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace MlAspire.V2Conformance;

/// <summary>V2 over REST: tensors in JSON, or behind it with the binary tensor extension.</summary>
internal sealed class RestTransport(HttpClient client, bool binary)
{
    public async Task<V2Answer> InferAsync(V2Request request)
    {
        var message = ToMessage(request);
        using var content = message.ToContent();
        using var response = await client.PostAsync(message.Path, content);
        var body = await response.Content.ReadAsByteArrayAsync();
        return response.StatusCode == HttpStatusCode.OK ? ToAnswer(response, body) : V2Answer.Failed(response.StatusCode switch
        {
            HttpStatusCode.BadRequest => V2Failure.InvalidArgument,
            HttpStatusCode.NotFound => V2Failure.NotFound,
            _ => V2Failure.Other,
        }, $"{(int)response.StatusCode} {JsonNode.Parse(body)?["error"]}");
    }

    public RestMessage ToMessage(V2Request request) => new(
        $"/v2/models/{request.Model}{(request.Version is null ? "" : $"/versions/{request.Version}")}/infer",
        Encoding.UTF8.GetBytes(ToJson(request).ToJsonString()),
        binary ? [.. request.Inputs.SelectMany(input => ElementBytes.Of(input.Datatype, input.Values))] : null);

    private JsonObject ToJson(V2Request request)
    {
        var json = new JsonObject { ["inputs"] = new JsonArray([.. request.Inputs.Select(ToJson)]) };
        if (request.Id is not null)
        {
            json["id"] = request.Id;
        }

        if (binary)
        {
            json["parameters"] = new JsonObject { ["binary_data_output"] = true };
        }

        if (request.Outputs.Length > 0)
        {
            json["outputs"] = new JsonArray([.. request.Outputs.Select(name => request.Classification == 0 ? new JsonObject { ["name"] = name }
                : new JsonObject { ["name"] = name, ["parameters"] = new JsonObject { ["classification"] = request.Classification } })]);
        }

        return json;
    }

    private JsonObject ToJson(V2Tensor tensor)
    {
        var json = new JsonObject { ["name"] = tensor.Name, ["datatype"] = tensor.Datatype, ["shape"] = new JsonArray([.. tensor.Shape.Select(dimension => (JsonNode)dimension)]) };
        if (binary)
        {
            json["parameters"] = new JsonObject { ["binary_data_size"] = ElementBytes.Of(tensor.Datatype, tensor.Values).Length };
        }
        else
        {
            json["data"] = new JsonArray([.. tensor.Values.Select(value => JsonValue.Create(value))]);
        }

        return json;
    }

    private static V2Answer ToAnswer(HttpResponseMessage response, byte[] body)
    {
        var jsonLength = response.Headers.TryGetValues(RestMessage.JsonLength, out var values) || response.Content.Headers.TryGetValues(RestMessage.JsonLength, out values)
            ? int.Parse(values.Single(), CultureInfo.InvariantCulture) : body.Length;
        var json = JsonNode.Parse(body.AsSpan(0, jsonLength))!;
        var rest = body.AsSpan(jsonLength);
        var outputs = new List<V2Output>();
        foreach (var output in json["outputs"]!.AsArray())
        {
            byte[] bytes;
            if (output!["parameters"]?["binary_data_size"] is { } size)
            {
                bytes = rest[..(int)size].ToArray();
                rest = rest[(int)size..];
            }
            else
            {
                bytes = FromJson((string)output["datatype"]!, output["data"]!.AsArray());
            }

            outputs.Add(new V2Output((string)output["name"]!, (string)output["datatype"]!, string.Join(',', output["shape"]!.AsArray()), Convert.ToHexString(bytes)));
        }

        Assert.True(rest.IsEmpty, $"{rest.Length} bytes are left over");
        return new V2Answer((string)json["model_name"]!, (string)json["model_version"]!, (string?)json["id"], null, "", [.. outputs]);
    }

    private static byte[] FromJson(string datatype, JsonArray data) => ElementBytes.Of(datatype, data.Select(value => (object)(datatype switch
    {
        "BOOL" => (bool)value!,
        "BYTES" => (string)value!,
        "UINT64" => (ulong)value!,
        "FP16" or "BF16" or "FP32" or "FP64" => (double)value!,
        _ => (long)value!,
    })));
}
