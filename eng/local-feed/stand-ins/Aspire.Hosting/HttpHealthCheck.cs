using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

/// <summary>What an HTTP health check asks for and expects.</summary>
internal sealed record HttpHealthCheckTarget(EndpointReference Endpoint, string Path, int StatusCode);

/// <summary>Healthy when a GET answers with the expected status code.</summary>
internal sealed class HttpHealthCheck(HttpHealthCheckTarget target, Func<HttpClient> createClient) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!target.Endpoint.IsAllocated)
        {
            return new(context.Registration.FailureStatus, "The endpoint has not been allocated yet.");
        }

        var uri = new Uri(new Uri(target.Endpoint.Url), target.Path);
        try
        {
            using var client = createClient();
            using var response = await client.GetAsync(uri, cancellationToken).ConfigureAwait(false);
            return (int)response.StatusCode == target.StatusCode
                ? HealthCheckResult.Healthy()
                : new(context.Registration.FailureStatus, $"{uri} answered {(int)response.StatusCode} instead of {target.StatusCode}.");
        }
        catch (HttpRequestException exception)
        {
            return new(context.Registration.FailureStatus, $"Request to {uri} failed: {exception.Message}", exception);
        }
    }
}
