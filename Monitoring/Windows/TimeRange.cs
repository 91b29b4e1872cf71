using MlAspire.ServiceDefaults.Errors;
using MlAspire.ServiceDefaults.Time;

namespace MlAspire.Monitoring.Windows;

/// <summary>A range of time, <c>[From, To)</c>.</summary>
internal sealed record TimeRange(DateTimeOffset From, DateTimeOffset To)
{
    private static readonly TimeSpan DefaultLength = TimeSpan.FromHours(1);

    /// <param name="from">As <see cref="IsoTime"/>; null or empty = an hour before <paramref name="to"/>.</param>
    /// <param name="to">As <see cref="IsoTime"/>; null or empty = now.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ServiceError">InvalidArgument: names the parameter that is wrong.</exception>
    public static TimeRange Of(string? from, string? to, DateTimeOffset now)
    {
        var end = string.IsNullOrEmpty(to) ? now : IsoTime.Parse(to, "to");
        var begin = string.IsNullOrEmpty(from) ? end - DefaultLength : IsoTime.Parse(from, "from");
        return begin < end ? new(begin, end) : throw new ServiceError(ErrorCode.InvalidArgument, "must be after from", "to");
    }
}
