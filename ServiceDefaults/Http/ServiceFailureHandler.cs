using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Health;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace MlAspire.ServiceDefaults.Http;

/// <summary>Names the service that could not be reached, in our one kind of error, and compares its clock. Outermost, so that it sees what is left after the retry.</summary>
internal sealed class ServiceFailureHandler(string service, ClockHealth clock) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            clock.Observe(service, response.Headers.Date);
            return response;
        }
        catch (HttpRequestException exception)
        {
            throw new ServiceError(ErrorCode.Unavailable, $"The service {service} cannot be reached.", exception);
        }
        catch (BrokenCircuitException exception)
        {
            throw new ServiceError(ErrorCode.Unavailable, $"The service {service} keeps failing{(request.CircuitName() is { } circuit ? $" at {circuit}" : "")}; it is left alone there for a moment.", exception);
        }
        catch (TimeoutRejectedException exception)
        {
            throw new ServiceError(ErrorCode.DeadlineExceeded, $"The service {service} did not answer in time.", exception);
        }
        catch (ExecutionRejectedException exception)
        {
            throw new ServiceError(ErrorCode.Overloaded, $"As many calls to the service {service} are under way as may be.", exception);
        }
    }
}
