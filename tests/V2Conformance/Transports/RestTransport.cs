using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace MlAspire.V2Conformance;

/// <summary>V2 over REST: tensors in JSON, behind it with the binary tensor extension, or both; compressed or not.</summary>
internal sealed class RestTransport(HttpClient client, string transport)
{
    private readonly string? coding = transport switch { TransportNames.RestGzip => "gzip", TransportNames.RestDeflate => "deflate", _ => null };

    public async Task<V2Answer> InferAsync(V2Request request)
    {
        var message = ToMessage(request);
        using var content = message.ToContent(coding);
        using var post = new HttpRequestMessage(HttpMethod.Post, message.Path) { Content = content };
        if (coding is not null)
        {
            post.Headers.AcceptEncoding.Add(new(coding));
        }

        using var response = await client.SendAsync(post);
        var body = ContentCoding.Decode(response.Content.Headers.ContentEncoding.SingleOrDefault(), await response.Content.ReadAsByteArrayAsync());
        return response.StatusCode == HttpStatusCode.OK ? ToAnswer(response, body) : V2Answer.Failed(FailureOf(response.StatusCode), ErrorOf(response.StatusCode, body));
    }

    public static V2Failure FailureOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => V2Failure.InvalidArgument,
        HttpStatusCode.NotFound => V2Failure.NotFound,
        _ => V2Failure.Other,
    };

    public static string ErrorOf(HttpStatusCode status, byte[] body) => $"{(int)status} {JsonNode.Parse(body)?["error"]}";

    public RestMessage ToMessage(V2Request request) => new(
        $"/v2/models/{request.Model}{(request.Version is null ? "" : $"/versions/{request.Version}")}/infer",
        transport == TransportNames.RestRaw ? [] : Encoding.UTF8.GetBytes(ToJson(request).ToJsonString()),
        IsBinary(0) ? [.. request.Inputs.Where((_, i) => IsBinary(i)).SelectMany(input => ElementBytes.Of(input.Datatype, input.Values))] : null);

    /// <param name="index">Of an input, or of a named output.</param>
    private bool IsBinary(int index) => transport switch
    {
        TransportNames.RestBinary or TransportNames.RestDeflate or TransportNames.RestRaw => true,
        TransportNames.RestMixed => index % 2 == 0,
        _ => false,
    };

    private JsonObject ToJson(V2Request request)
    {
        var json = new JsonObject { ["inputs"] = new JsonArray([.. request.Inputs.Select((tensor, i) => ToJson(tensor, IsBinary(i)))]) };
        if (request.Id is not null)
        {
            json["id"] = request.Id;
        }

        var parameters = new JsonObject(request.Parameters.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)JsonValue.Create(pair.Value))));
        if (IsBinary(0) && transport != TransportNames.RestMixed)
        {
            parameters["binary_data_output"] = true;
        }

        if (parameters.Count > 0)
        {
            json["parameters"] = parameters;
        }

        if (request.Outputs.Length > 0)
        {
            json["outputs"] = new JsonArray([.. request.Outputs.Select((name, i) => Output(name, request.Classification, i))]);
        }

        return json;
    }

    private JsonObject Output(string name, int classification, int index)
    {
        var parameters = new JsonObject();
        if (classification > 0)
        {
            parameters["classification"] = classification;
        }

        if (transport == TransportNames.RestMixed)
        {
            parameters["binary_data"] = IsBinary(index);
        }

        return parameters.Count == 0 ? new JsonObject { ["name"] = name } : new JsonObject { ["name"] = name, ["parameters"] = parameters };
    }

    private static JsonObject ToJson(V2Tensor tensor, bool binary)
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
