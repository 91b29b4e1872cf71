namespace MlAspire.Gateway.Pipeline.Definition;

/// <summary>What one row of a model's input is made of; a view over the caller's memory, nothing is copied.</summary>
public readonly ref struct ModelInputRow
{
    /// <summary>Values in the order of <see cref="ModelInputs.Entities"/>.</summary>
    public required ReadOnlySpan<string> Entities { get; init; }

    /// <summary>Values in the order of <see cref="ModelInputs.Numbers"/>.</summary>
    public required ReadOnlySpan<double> Numbers { get; init; }

    /// <summary>Values in the order of <see cref="ModelInputs.Times"/>, each with the offset it was given with.</summary>
    public required ReadOnlySpan<DateTimeOffset> Times { get; init; }

    /// <summary>Values in the order of <see cref="ModelInputs.Features"/>; NaN = missing.</summary>
    public required ReadOnlySpan<double> Features { get; init; }
}
