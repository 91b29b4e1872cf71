using MlAspire.Monitoring.Windows;
using MlAspire.ServiceDefaults.Errors;

namespace MlAspire.Monitoring.Failures;

/// <summary>Which failures are looked at.</summary>
/// <param name="Model">Of which model.</param>
/// <param name="Range">When.</param>
/// <param name="Kinds">What counts as a failure.</param>
internal sealed record FailureQuestion(string Model, TimeRange Range, FailureKinds Kinds)
{
    /// <param name="model">Its name.</param>
    /// <param name="range">When.</param>
    /// <param name="failure">As <see cref="FailureKindNames"/> reads it; null or empty = <c>error,fallback</c>.</param>
    /// <exception cref="ServiceError">InvalidArgument: a kind is not known.</exception>
    public static FailureQuestion Of(string model, TimeRange range, string? failure) =>
        new(model, range, string.IsNullOrEmpty(failure) ? FailureKinds.Error | FailureKinds.Fallback : FailureKindNames.Parse(failure));
}
