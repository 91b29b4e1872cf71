using System.Globalization;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Windows;

/// <summary>A range of time, <c>[From, To)</c>.</summary>
internal sealed record TimeRange(DateTimeOffset From, DateTimeOffset To)
{
    private static readonly TimeSpan defaultLength = TimeSpan.FromHours(1);

    /// <param name="from">ISO 8601; null or empty = an hour before <paramref name="to"/>.</param>
    /// <param name="to">ISO 8601; null or empty = now.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ServiceError">InvalidArgument: names the parameter that is wrong.</exception>
    public static TimeRange Of(string? from, string? to, DateTimeOffset now)
    {
        var end = MomentOf(to, "to") ?? now;
        var begin = MomentOf(from, "from") ?? end - defaultLength;
        return begin < end ? new(begin, end) : throw new ServiceError(ErrorCode.InvalidArgument, "must be after from", "to");
    }

    private static DateTimeOffset? MomentOf(string? text, string field) => string.IsNullOrEmpty(text) ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment
        : throw new ServiceError(ErrorCode.InvalidArgument, "must be an ISO 8601 time", field);
}
