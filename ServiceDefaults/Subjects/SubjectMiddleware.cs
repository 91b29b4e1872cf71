using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using MlAspire.ServiceDefaults.Correlation;
using MlAspire.ServiceDefaults.Detail;

namespace MlAspire.ServiceDefaults.Subjects;

/// <summary>Learns whose request it is: at the edge from the caller's ids, which go no further; behind it from the pseudonyms that the calling service sends.</summary>
internal sealed class SubjectMiddleware(RequestDelegate next, Pseudonyms pseudonyms, IOptions<DetailOptions> options)
{
    public const string UserIdHeader = "x-user-id";
    public const string SessionIdHeader = "x-session-id";
    public const string UserHeader = "x-user-pseudonym";
    public const string SessionHeader = "x-session-pseudonym";

    private readonly bool isEdge = !options.Value.TrustsCallers;

    public Task InvokeAsync(HttpContext context)
    {
        var subject = isEdge ? TakeIds(context.Request.Headers) : ReadPseudonyms(context.Request.Headers);
        if (subject is not null)
        {
            Work.Enter().Subject = subject;
            foreach (var (name, pseudonym) in subject)
            {
                context.Features.Get<IHttpActivityFeature>()?.Activity.SetTag(name, pseudonym);
            }
        }

        return next(context);
    }

    /// <summary>Takes the headers away, so that a request that is forwarded carries neither ids nor pseudonyms of the caller's making.</summary>
    private Subject? TakeIds(IHeaderDictionary headers)
    {
        var subject = Of(pseudonyms.Of(Pseudonyms.User, headers[UserIdHeader].ToString()), pseudonyms.Of(Pseudonyms.Session, headers[SessionIdHeader].ToString()));
        foreach (var header in (string[])[UserIdHeader, SessionIdHeader, UserHeader, SessionHeader])
        {
            headers.Remove(header);
        }

        return subject;
    }

    private static Subject? ReadPseudonyms(IHeaderDictionary headers) => Of(Read(headers[UserHeader]), Read(headers[SessionHeader]));

    private static Subject? Of(string? user, string? session) => user is null && session is null ? null : new Subject(user, session);

    private static string? Read(string? header) => Pseudonyms.IsPseudonym(header) ? header : null;
}
