namespace MlAspire.ServiceDefaults.Detail;

/// <summary>Tells the called service the verdict on the trace, or that it is to come; and takes over that it found the trace worth telling. Behind service discovery and the retry: it is the replica that is called which holds the detail.</summary>
internal sealed class DetailHandler : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (RequestDetail.Current is not { } detail)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        request.Headers.Remove(DetailHeader.Name); // of the attempt before
        request.Headers.TryAddWithoutValidation(DetailHeader.Name, detail.IsVerbose ? DetailHeader.Verbose : detail.Reason is null ? DetailHeader.Pending : DetailHeader.Keep);
        detail.Called(request.RequestUri!.GetLeftPart(UriPartial.Authority));
        var response = await base.SendAsync(request, cancellationToken);
        if (response.Headers.TryGetValues(DetailHeader.Name, out var verdict) && verdict.Contains(DetailHeader.Keep))
        {
            detail.Keep("callee");
        }

        response.Headers.Remove(DetailHeader.Name); // a proxy would pass it on to its caller

        return response;
    }
}
