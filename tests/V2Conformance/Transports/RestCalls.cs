using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace MlAspire.V2Conformance;

/// <summary><see cref="IV2Calls"/> over REST.</summary>
internal sealed class RestCalls(HttpClient client) : IV2Calls
{
    public Task<bool> IsLiveAsync() => IsOkAsync("/v2/health/live");

    public Task<bool> IsReadyAsync() => IsOkAsync("/v2/health/ready");

    /// <remarks>The standard names no status of a model that is known and not ready: any failure but 404 is one.</remarks>
    public Task<bool> IsModelReadyAsync(string model, string? version) => IsOkAsync($"{Model(model, version)}/ready");

    public async Task<ServerDescription> ServerMetadataAsync()
    {
        var json = await SendAsync(HttpMethod.Get, "/v2");
        return new ServerDescription((string)json!["name"]!, (string)json["version"]!, string.Join(' ', json["extensions"]!.AsArray()));
    }

    public async Task<ModelDescription> ModelMetadataAsync(string model, string? version)
    {
        var json = await SendAsync(HttpMethod.Get, Model(model, version));
        return new ModelDescription((string)json!["name"]!, string.Join(' ', json["versions"]!.AsArray()), Tensors(json["inputs"]!), Tensors(json["outputs"]!));
    }

    public async Task<JsonNode> ConfigAsync(string model, string? version) => (await SendAsync(HttpMethod.Get, $"{Model(model, version)}/config"))!;

    public async Task<IReadOnlyList<ModelCounts>> StatisticsAsync(string? model, string? version)
    {
        var json = await SendAsync(HttpMethod.Get, model is null ? "/v2/models/stats" : $"{Model(model, version)}/stats");
        return [.. json!["model_stats"]!.AsArray().Select(each => new ModelCounts(
            (string)each!["name"]!, (string)each["version"]!, (long)each["inference_count"]!, (long)each["execution_count"]!, (long)each["inference_stats"]!["success"]!["count"]!, (long)each["inference_stats"]!["fail"]!["count"]!,
            string.Join(' ', each["batch_stats"]!.AsArray().Select(batch => $"{batch!["batch_size"]}:{batch["compute_infer"]!["count"]}"))))];
    }

    public async Task<IReadOnlyList<IndexLine>> IndexAsync(bool ready) =>
        [.. (await SendAsync(HttpMethod.Post, "/v2/repository/index", new JsonObject { ["ready"] = ready }))!.AsArray()
            .Select(line => new IndexLine((string)line!["name"]!, (string?)line["version"] ?? "", (string?)line["state"] ?? ""))];

    public Task LoadAsync(string model, string? config) =>
        SendAsync(HttpMethod.Post, $"/v2/repository/models/{model}/load", config is null ? [] : new JsonObject { ["parameters"] = new JsonObject { ["config"] = config } });

    public Task UnloadAsync(string model) => SendAsync(HttpMethod.Post, $"/v2/repository/models/{model}/unload", []);

    private static string Model(string model, string? version) => version is null ? $"/v2/models/{model}" : $"/v2/models/{model}/versions/{version}";

    private static string Tensors(JsonNode tensors) => string.Join("; ", tensors.AsArray().Select(tensor => $"{tensor!["name"]} {tensor["datatype"]} {string.Join(',', tensor["shape"]!.AsArray())}"));

    private async Task<bool> IsOkAsync(string path)
    {
        using var response = await client.GetAsync(path);
        return response.StatusCode == HttpStatusCode.NotFound ? throw await FailureAsync(response) : response.IsSuccessStatusCode;
    }

    private async Task<JsonNode?> SendAsync(HttpMethod method, string path, JsonObject? body = null)
    {
        using var message = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        using var response = await client.SendAsync(message);
        if (!response.IsSuccessStatusCode)
        {
            throw await FailureAsync(response);
        }

        return await response.Content.ReadAsStringAsync() is { Length: > 0 } text ? JsonNode.Parse(text) : null;
    }

    private static async Task<V2CallException> FailureAsync(HttpResponseMessage response) =>
        new(RestTransport.FailureOf(response.StatusCode), RestTransport.ErrorOf(response.StatusCode, await response.Content.ReadAsByteArrayAsync()));
}
