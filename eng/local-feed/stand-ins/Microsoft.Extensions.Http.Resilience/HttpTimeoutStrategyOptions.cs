using Polly.Timeout;

namespace Microsoft.Extensions.Http.Resilience;

/// <summary>A time-out; 30 s unless set.</summary>
public class HttpTimeoutStrategyOptions : TimeoutStrategyOptions
{
}
