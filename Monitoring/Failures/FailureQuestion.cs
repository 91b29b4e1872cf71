using System.Globalization;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Failures;

/// <summary>Which failures are looked at.</summary>
/// <param name="Model">Of which model.</param>
/// <param name="From">The first moment.</param>
/// <param name="To">The moment after the last.</param>
/// <param name="Kinds">What counts as a failure.</param>
internal sealed record FailureQuestion(string Model, DateTimeOffset From, DateTimeOffset To, FailureKinds Kinds)
{
    private static readonly TimeSpan DefaultLength = TimeSpan.FromHours(1);

    /// <param name="model">Its name.</param>
    /// <param name="from">ISO 8601; null or empty = an hour before <paramref name="to"/>.</param>
    /// <param name="to">ISO 8601; null or empty = now.</param>
    /// <param name="failure">As <see cref="FailureKindNames"/> reads it; null or empty = <c>error,fallback</c>.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ServiceError">InvalidArgument: names the parameter that is wrong.</exception>
    public static FailureQuestion Of(string model, string? from, string? to, string? failure, DateTimeOffset now)
    {
        var end = MomentOf(to, "to") ?? now;
        var begin = MomentOf(from, "from") ?? end - DefaultLength;
        return begin < end
            ? new(model, begin, end, string.IsNullOrEmpty(failure) ? FailureKinds.Error | FailureKinds.Fallback : FailureKindNames.Parse(failure))
            : throw new ServiceError(ErrorCode.InvalidArgument, "must be after from", "to");
    }

    private static DateTimeOffset? MomentOf(string? text, string field) => string.IsNullOrEmpty(text) ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) ? moment
        : throw new ServiceError(ErrorCode.InvalidArgument, "must be an ISO 8601 time", field);
}
