using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.Http;

/// <summary>Reads what one of our services answers: its JSON, or its failure.</summary>
public static partial class ServiceAnswer
{
    /// <summary>The JSON names of all our services; what a type needs has to be there.</summary>
    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true };

    /// <summary>An answer's JSON.</summary>
    /// <param name="json">How it is read; null = as <see cref="Json"/>.</param>
    /// <exception cref="ServiceError">As <see cref="FailureAsync"/>, of any other status than success. Internal: it is not the JSON of a <typeparamref name="T"/>.</exception>
    [RequiresUnreferencedCode("Reads by reflection.")]
    [RequiresDynamicCode("Reads by reflection.")]
    public static async Task<T> ReadAsync<T>(this HttpResponseMessage response, CancellationToken cancellationToken, JsonSerializerOptions? json = null)
        where T : class
    {
        if (!response.IsSuccessStatusCode)
        {
            throw await response.FailureAsync(cancellationToken);
        }
        return await response.JsonAsync(content => content.ReadFromJsonAsync<T>(json ?? Json, cancellationToken)) ?? throw new ServiceError(ErrorCode.Internal, "The answer is not the JSON that was asked for.");
    }

    /// <summary>The failure that an answer says: code, wrong fields and words of its problem+json; of another service's page the status alone.</summary>
    public static async Task<ServiceError> FailureAsync(this HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var problem = await response.JsonAsync(content => content.ReadFromJsonAsync(ProblemJson.Default.Problem, cancellationToken));
        var code = ErrorMapping.FromWire(problem?.Code) ?? ErrorMapping.FromHttpStatus((int)response.StatusCode);
        return new ServiceError(code, $"{(int)response.StatusCode}: {problem?.Detail ?? response.ReasonPhrase}", problem?.Errors ?? [], innerException: null) { RetryAfter = response.Headers.RetryAfter?.Delta };
    }

    /// <returns>Null for what is no JSON, or another.</returns>
    private static async Task<T?> JsonAsync<T>(this HttpResponseMessage response, Func<HttpContent, Task<T?>> read)
        where T : class
    {
        if (response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.OrdinalIgnoreCase) != true)
        {
            return null;
        }
        try
        {
            return await read(response.Content);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Problem(string? Code = null, string? Detail = null, IReadOnlyList<FieldError>? Errors = null);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true)]
    [JsonSerializable(typeof(Problem))]
    private sealed partial class ProblemJson : JsonSerializerContext;
}
