namespace Aspire.Hosting.ApplicationModel;

/// <summary>The profile that the AppHost names for one project.</summary>
public sealed class LaunchProfileAnnotation(string launchProfileName) : IResourceAnnotation
{
    public string LaunchProfileName { get; } = launchProfileName ?? throw new ArgumentNullException(nameof(launchProfileName));
}

/// <summary>The profile that the AppHost was started with: used where a project has one of that name.</summary>
public sealed class DefaultLaunchProfileAnnotation(string launchProfileName) : IResourceAnnotation
{
    public string LaunchProfileName { get; } = launchProfileName ?? throw new ArgumentNullException(nameof(launchProfileName));
}

/// <summary>No profile is read.</summary>
public sealed class ExcludeLaunchProfileAnnotation : IResourceAnnotation;
