using System.Globalization;
using Microsoft.AspNetCore.Http;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.ServiceDefaults.Http;

/// <summary>How a request knows how long it may take, and tells it the service that it calls: <c>x-request-timeout-ms</c>.</summary>
public static class RequestDeadline
{
    /// <summary>Header with the milliseconds that are left.</summary>
    public const string Header = "x-request-timeout-ms";

    /// <summary>A call that had less says more of its caller than of the service that did not answer it.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(1);

    private static readonly HttpRequestOptionsKey<Func<TimeSpan>> Left = new("MlAspire.TimeLeft");
    private static readonly HttpRequestOptionsKey<TimeSpan> Given = new("MlAspire.TimeGiven");

    /// <summary>The time that its caller gives a request; null when it does not say.</summary>
    /// <param name="longest">Most that it may give.</param>
    /// <exception cref="ServiceError">InvalidArgument: the header is no whole number of milliseconds from 1 to <paramref name="longest"/>.</exception>
    public static TimeSpan? Of(HttpRequest request, TimeSpan longest)
    {
        if (!request.Headers.TryGetValue(Header, out var header))
        {
            return null;
        }

        return long.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds >= 1 && milliseconds <= longest.TotalMilliseconds
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new ServiceError(ErrorCode.InvalidArgument, $"Must be a whole number of milliseconds from 1 to {(long)longest.TotalMilliseconds}.", Header);
    }

    /// <param name="request">To one of our services; the client is from <see cref="ServiceClients.AddServiceClient"/>.</param>
    /// <param name="left">What is left now; asked again for each attempt. Who sends the request cancels it when nothing is: the client's own time-outs are not for it.</param>
    public static HttpRequestMessage WithTimeLeft(this HttpRequestMessage request, Func<TimeSpan> left)
    {
        request.Options.Set(Left, left);
        request.Options.Set(Given, left());
        return request;
    }

    internal static bool HasDeadline(this HttpRequestMessage request) => request.Options.TryGetValue(Left, out _);

    /// <summary>Whether the service had enough time, and it is over.</summary>
    internal static bool IsOverdue(this HttpRequestMessage request) => request.Options.TryGetValue(Given, out var given) && given >= Enough && request.TimeLeft() <= TimeSpan.Zero;

    /// <summary>What is left; null when the request has no deadline.</summary>
    internal static TimeSpan? TimeLeft(this HttpRequestMessage request) => request.Options.TryGetValue(Left, out var left) ? left() : null;
}

/// <summary>Writes the header anew for each attempt. At least 1 ms: a service that gets nothing would not say why it refuses.</summary>
internal sealed class DeadlineHandler : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.TimeLeft() is { } left)
        {
            request.Headers.Remove(RequestDeadline.Header);
            request.Headers.Add(RequestDeadline.Header, Math.Max(1, (long)left.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        }

        return base.SendAsync(request, cancellationToken);
    }
}
