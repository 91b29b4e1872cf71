using MlAspire.ServiceDefaults.Errors;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace MlAspire.ServiceDefaults.Http;

/// <summary>Names the service that could not be reached, in our one kind of error. Outermost, so that it sees what is left after the retry.</summary>
internal sealed class ServiceFailureHandler(string service) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw new ServiceError(ErrorCode.Unavailable, $"The service {service} cannot be reached.", exception);
        }
        catch (BrokenCircuitException exception)
        {
            throw new ServiceError(ErrorCode.Unavailable, $"The service {service} keeps failing; it is left alone for a moment.", exception);
        }
        catch (TimeoutRejectedException exception)
        {
            throw new ServiceError(ErrorCode.DeadlineExceeded, $"The service {service} did not answer in time.", exception);
        }
    }
}
