namespace Microsoft.Extensions.Http.Resilience;

/// <summary>How a client's requests select their pipeline.</summary>
internal sealed class PipelineKeyOptions
{
    /// <summary>Null = all share one.</summary>
    public Func<HttpRequestMessage, string>? KeyProvider { get; set; }
}
