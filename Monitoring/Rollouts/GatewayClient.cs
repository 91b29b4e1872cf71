using System.Net;
using Microsoft.Extensions.Options;
using MlAspire.Gateway.Routing;
using MlAspire.ServiceDefaults.Access;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Rollouts;

/// <summary>Reads and changes routes at the gateway.</summary>
internal sealed class GatewayClient(HttpClient http, IOptions<RolloutsOptions> options)
{
    public const string Service = "gateway";

    /// <summary>The newest change of a model's route; null when it never was.</summary>
    /// <exception cref="ServiceError">The gateway does not say it.</exception>
    public async Task<RouteChange?> NewestChangeAsync(string model, CancellationToken cancellation)
    {
        using var response = await SendAsync(HttpMethod.Get, model, "history?limit=1", null, cancellation).ConfigureAwait(false);
        Check(response);
        return await response.Content.ReadFromJsonAsync(RouteJson.Default.IReadOnlyListRouteChange, cancellation).ConfigureAwait(false) is [var newest] ? newest : null;
    }

    /// <summary>Ends or pauses a canary.</summary>
    /// <param name="model">Whose.</param>
    /// <param name="path">Of the route's change: <c>promote</c>, <c>roll-back</c> or <c>pause</c>.</param>
    /// <param name="reason">For the record.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>False when the route was changed since.</returns>
    /// <exception cref="ServiceError">The gateway does not do it.</exception>
    public async Task<bool> ChangeAsync(string model, string path, RouteReason reason, CancellationToken cancellation)
    {
        using var content = JsonContent.Create(reason, RouteJson.Default.RouteReason);
        using var response = await SendAsync(HttpMethod.Post, model, path, content, cancellation).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.Conflict)
        {
            return false;
        }

        Check(response);
        return true;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string model, string path, HttpContent? content, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, new Uri($"/v1/models/{Uri.EscapeDataString(model)}/route/{path}", UriKind.Relative)) { Content = content };
        request.Headers.Add(ApiKey.Header, options.Value.GatewayKey);
        return await http.SendAsync(request, cancellation).ConfigureAwait(false);
    }

    private static void Check(HttpResponseMessage response)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new ServiceError(ErrorMapping.FromHttpStatus((int)response.StatusCode), $"The gateway answers {(int)response.StatusCode}.");
        }
    }
}
