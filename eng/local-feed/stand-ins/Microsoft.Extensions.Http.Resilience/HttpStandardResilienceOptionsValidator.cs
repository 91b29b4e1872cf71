using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.Http.Resilience;

/// <summary>The rules between the parts of the pipeline; Polly checks each part by itself.</summary>
internal sealed class HttpStandardResilienceOptionsValidator : IValidateOptions<HttpStandardResilienceOptions>
{
    public ValidateOptionsResult Validate(string? name, HttpStandardResilienceOptions options)
    {
        var errors = new ValidateOptionsResultBuilder();
        var (attempt, total, sampling) = (options.AttemptTimeout.Timeout, options.TotalRequestTimeout.Timeout, options.CircuitBreaker.SamplingDuration);
        if (attempt > total)
        {
            errors.AddError($"The total request timeout ({total.TotalSeconds}s) must not be below the timeout of one attempt ({attempt.TotalSeconds}s).");
        }

        if (sampling < 2 * attempt)
        {
            errors.AddError($"The sampling duration of the circuit breaker ({sampling.TotalSeconds}s) must be at least twice the timeout of one attempt ({attempt.TotalSeconds}s).");
        }

        return errors.Build();
    }
}
