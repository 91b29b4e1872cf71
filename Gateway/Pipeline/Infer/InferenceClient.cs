using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using MlAspire.Gateway.Routing;
using MlAspire.Inference.Api.Protocol;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Gateway.Pipeline.Infer;

/// <summary>Runs a model on Inference.Api over V2 REST.</summary>
internal sealed class InferenceClient(HttpClient http, VersionCircuits circuits)
{
    /// <param name="route">The model, and the version when one must answer.</param>
    /// <param name="tensor">Row-major, shape [rows, columns].</param>
    /// <param name="rows">At least 1.</param>
    /// <param name="deadline">Bounds the call, and is passed on.</param>
    /// <exception cref="ServiceError">NotFound (field <c>version</c>), NotReady, Unavailable, Overloaded, DeadlineExceeded, Internal: the model failed, answered a number that is not finite, or does not fit its pipeline.</exception>
    public async Task<InferenceResult> InferAsync(ModelRoute route, float[] tensor, int rows, Deadline deadline)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, PathOf(route)) { Content = ContentOf(route, tensor, rows) };
        deadline.SendWith(message.AsIdempotent().OnCircuit(circuits.Of(route)));
        using var response = await http.SendAsync(message, deadline.Token);
        if (!response.IsSuccessStatusCode)
        {
            throw await FailureAsync(route, response, deadline.Token);
        }

        var body = await response.Content.ReadAsByteArrayAsync(deadline.Token);
        try
        {
            return InferenceMessage.Read(route.Model.Definition, body, HeaderBytesOf(response), rows) with { ModelDigest = HeaderOf(response, InferenceMessage.ModelDigest), Batch = ModelBatch.FromHeader(HeaderOf(response, ModelBatch.HeaderName)) };
        }
        catch (FormatException e)
        {
            throw new ServiceError(ErrorCode.Internal, $"The answer of model {route.Name} does not fit its pipeline.", e);
        }
    }

    /// <exception cref="ServiceError">InvalidArgument: names every version that cannot answer.</exception>
    public async Task CheckLoadedAsync(string model, IEnumerable<(string Field, string Version)> versions, CancellationToken cancellationToken)
    {
        var problems = new List<FieldError>();
        foreach (var (field, version) in versions)
        {
            using var response = await http.GetAsync(new Uri($"/v2/models/{Uri.EscapeDataString(model)}/versions/{version}/ready", UriKind.Relative), cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                problems.Add(new(field, $"version {version} is not loaded"));
            }
        }

        if (problems.Count > 0)
        {
            throw ServiceError.Many(ErrorCode.InvalidArgument, problems);
        }
    }

    private static string PathOf(ModelRoute route)
    {
        var model = $"/v2/models/{Uri.EscapeDataString(route.Name)}";
        return route.Version is null ? $"{model}/infer" : $"{model}/versions/{Uri.EscapeDataString(route.Version)}/infer";
    }

    private static ByteArrayContent ContentOf(ModelRoute route, float[] tensor, int rows)
    {
        var (body, headerBytes) = InferenceMessage.Write(route.Model.Definition, tensor, rows);
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.Add(InferenceMessage.HeaderLength, headerBytes.ToString(CultureInfo.InvariantCulture));
        return content;
    }

    private static int? HeaderBytesOf(HttpResponseMessage response)
    {
        var found = response.Headers.TryGetValues(InferenceMessage.HeaderLength, out var values) || response.Content.Headers.TryGetValues(InferenceMessage.HeaderLength, out values);
        return found && int.TryParse(values!.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;
    }

    private static string? HeaderOf(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.First() : null;

    private static async Task<ServiceError> FailureAsync(ModelRoute route, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var (code, version) = (ErrorMapping.FromHttpStatus((int)response.StatusCode), HeaderOf(response, ModelVersionHeader.Name));
        return code switch
        {
            ErrorCode.NotFound when route is { Alias: null, Version: not null } => new ServiceError(code, $"Model {route.Name} has no version {route.Version}.", "version"),
            ErrorCode.NotFound or ErrorCode.NotReady => new ServiceError(ErrorCode.NotReady, $"Model {route.Name} is not loaded.") { ModelVersion = version },
            _ when code.IsTransient() =>
                new ServiceError(code, $"Model {route.Name} cannot answer now ({(int)response.StatusCode}).") { RetryAfter = response.Headers.RetryAfter?.Delta, ModelVersion = version },
            _ => new ServiceError(
                ErrorCode.Internal, $"Model {route.Name} failed ({(int)response.StatusCode}).", new HttpRequestException(await TextOfAsync(response, cancellationToken))) { ModelVersion = version },
        };
    }

    private static async Task<string> TextOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return (await response.Content.ReadFromJsonAsync(InferenceJson.Default.InferenceError, cancellationToken))?.Error ?? "no reason given";
        }
        catch (JsonException)
        {
            return "no reason given"; // not V2's error body; the status is reported either way
        }
    }
}
