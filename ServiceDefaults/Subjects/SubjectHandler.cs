namespace MlAspire.ServiceDefaults.Subjects;

/// <summary>Tells the called service whose request it is.</summary>
internal sealed class SubjectHandler : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Subject.Current is { } subject)
        {
            Add(request, SubjectMiddleware.UserHeader, subject.User);
            Add(request, SubjectMiddleware.SessionHeader, subject.Session);
        }

        return base.SendAsync(request, cancellationToken);
    }

    private static void Add(HttpRequestMessage request, string header, string? pseudonym)
    {
        if (pseudonym is not null)
        {
            request.Headers.Remove(header); // of the attempt before
            request.Headers.TryAddWithoutValidation(header, pseudonym);
        }
    }
}
