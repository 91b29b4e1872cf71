namespace MlAspire.ServiceDefaults.Detail;

/// <summary>Tells the called service the verdict on the trace, or that it is to come; and takes over that it found the trace worth telling. Behind service discovery and the retry: it is the replica that is called which holds the detail.</summary>
internal sealed class DetailHandler : DelegatingHandler
{
    private const string Callee = "callee";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (RequestDetail.Current is not { } detail)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        request.Headers.Remove(DetailHeader.Name); // of the attempt before
        request.Headers.TryAddWithoutValidation(DetailHeader.Name, detail.Call(request.RequestUri!));
        HttpResponseMessage response;
        try
        {
            response = await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException) // the verdict there is not known. One that is cancelled is not told for that, as the slower read of a hedge is at every turn; had it taken long, the request is slow itself
        {
            detail.Keep(Callee);
            throw;
        }

        if (response.Headers.TryGetValues(DetailHeader.Name, out var verdict) && verdict.Contains(DetailHeader.Keep))
        {
            detail.Keep(Callee);
        }

        response.Headers.Remove(DetailHeader.Name); // a proxy would pass it on to its caller

        return response;
    }
}
