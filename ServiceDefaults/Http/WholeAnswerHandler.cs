namespace MlAspire.ServiceDefaults.Http;

/// <summary>An answer is there when all of it is: the time-outs, the retry and the failure's name hold for its body too, which an HttpClient by itself reads after all of its handlers. Innermost.</summary>
internal sealed class WholeAnswerHandler : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
