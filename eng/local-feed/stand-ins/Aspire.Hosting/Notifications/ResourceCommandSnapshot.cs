namespace Aspire.Hosting.ApplicationModel;

/// <summary>A command as the dashboard shows it; <see cref="IsHighlighted"/> = a button in the row instead of an entry in its menu.</summary>
public sealed record ResourceCommandSnapshot(
    string Name,
    ResourceCommandState State,
    string DisplayName,
    string? DisplayDescription,
    [property: Obsolete("Use Arguments to describe invocation arguments.")] object? Parameter,
    string? ConfirmationMessage,
    string? IconName,
    IconVariant? IconVariant,
    bool IsHighlighted)
{
    public ResourceCommandVisibility Visibility { get; init; } = ResourceCommandVisibility.UI | ResourceCommandVisibility.Api;

    internal static ResourceCommandSnapshot From(ResourceCommandAnnotation command, ResourceCommandState state) => new(
        command.Name,
        state,
        command.DisplayName,
        command.DisplayDescription,
        Parameter: null,
        command.ConfirmationMessage,
        command.IconName,
        command.IconVariant,
        command.IsHighlighted)
    {
        Visibility = command.Visibility,
    };
}

public enum ResourceCommandState
{
    Enabled,
    Disabled,
    Hidden,
}

[Flags]
public enum ResourceCommandVisibility
{
    None = 0,
    UI = 1,
    Api = 2,
}
