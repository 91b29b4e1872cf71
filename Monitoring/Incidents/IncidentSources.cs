using System.Net;
using MlAspire.Monitoring.Gateway;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Http;

namespace MlAspire.Monitoring.Incidents;

/// <summary>Asks the services for what they know, with the key of whoever asks. What does not come is said, and the rest goes on.</summary>
internal sealed class IncidentSources(IHttpClientFactory clients, IConfiguration configuration)
{
    public const string ClientName = "incidents";

    /// <summary>Bytes of one answer; a longer one counts as none.</summary>
    public const int MaxAnswerBytes = 32 << 20;

    /// <summary>Of one answer.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <param name="question">Of which service, and what.</param>
    /// <param name="key">The caller's; goes to the gateway alone.</param>
    /// <param name="missing">Is told what did not come, and why.</param>
    /// <param name="cancellationToken">Who asked is gone.</param>
    /// <returns>Null when it did not come.</returns>
    /// <exception cref="ServiceError">Unauthenticated, PermissionDenied: the key is not the gateway's, or has not the scope.</exception>
    public async Task<byte[]?> AskAsync(SourceQuestion question, string? key, Action<string> missing, CancellationToken cancellationToken)
    {
        if (!configuration.GetSection($"services:{question.Service}").Exists())
        {
            return None("this monitoring is not told where it is");
        }

        try
        {
            using var client = clients.CreateClient(ClientName);
            using var message = new HttpRequestMessage(question.Method, $"http://{question.Service}{question.Path}");
            if (question.Service == GatewayClient.Service)
            {
                ApiKey.AddTo(message, key);
            }

            using var answer = await client.SendAsync(message, cancellationToken);
            return answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden && question.Service == GatewayClient.Service
                ? throw await answer.FailureAsync(cancellationToken)
                : answer.IsSuccessStatusCode ? await answer.Content.ReadAsByteArrayAsync(cancellationToken) : None($"answered {(int)answer.StatusCode}");
        }
        catch (HttpRequestException e)
        {
            return None($"does not answer: {e.HttpRequestError}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return None($"did not answer within {Limit.TotalSeconds:0} s");
        }

        byte[]? None(string reason)
        {
            missing($"{question.Service} {question.Path.Split('?')[0]}: {reason}");
            return null;
        }
    }
}

/// <param name="Service">Its name in the AppHost.</param>
/// <param name="Path">With the query.</param>
internal sealed record SourceQuestion(string Service, string Path)
{
    public HttpMethod Method { get; init; } = HttpMethod.Get;
}
