using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>A profile and its name.</summary>
internal sealed record NamedLaunchProfile(string Name, LaunchProfile LaunchProfile);

/// <summary>Finds the launch profile that applies to a project.</summary>
internal static class LaunchProfileExtensions
{
    private static readonly JsonSerializerOptions Json = new() { ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <exception cref="DistributedApplicationException">The resource is no project.</exception>
    public static IProjectMetadata GetProjectMetadata(this IResource project)
        => project.Annotations.OfType<IProjectMetadata>().LastOrDefault()
            ?? throw new DistributedApplicationException($"Project does not contain project metadata: '{project.Name}'.");

    /// <summary>The profile that was named, else the AppHost's own where the project has it, else the first that runs a project; null when there is none.</summary>
    /// <exception cref="DistributedApplicationException">The named profile, or the project file, does not exist.</exception>
    public static NamedLaunchProfile? GetEffectiveLaunchProfile(this IResource project)
    {
        if (project.HasAnnotationOfType<ExcludeLaunchProfileAnnotation>() || ReadLaunchSettings(project) is not { } settings)
        {
            return null;
        }

        if (project.TryGetLastAnnotation<LaunchProfileAnnotation>(out var named))
        {
            return settings.Profiles.TryGetValue(named.LaunchProfileName, out var profile)
                ? new(named.LaunchProfileName, profile)
                : throw new DistributedApplicationException($"Launch settings file of '{project.Name}' does not contain '{named.LaunchProfileName}' profile.");
        }

        if (project.TryGetLastAnnotation<DefaultLaunchProfileAnnotation>(out var ofAppHost)
            && settings.Profiles.TryGetValue(ofAppHost.LaunchProfileName, out var sameName))
        {
            return new(ofAppHost.LaunchProfileName, sameName);
        }

        return settings.Profiles.Where(entry => RunsAProject(entry.Value)).Select(entry => new NamedLaunchProfile(entry.Key, entry.Value)).FirstOrDefault();
    }

    private static bool RunsAProject(LaunchProfile profile)
        => string.IsNullOrEmpty(profile.CommandName) || profile.CommandName.ToLowerInvariant() is "project" or "executable";

    private static LaunchSettings? ReadLaunchSettings(IResource project)
    {
        var metadata = project.GetProjectMetadata();
        if (metadata.LaunchSettings is { } given)
        {
            return given;
        }

        if (!File.Exists(metadata.ProjectPath))
        {
            throw new DistributedApplicationException($"Project file '{metadata.ProjectPath}' was not found.");
        }

        var path = Path.Combine(Path.GetDirectoryName(metadata.ProjectPath)!, "Properties", "launchSettings.json");
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize<LaunchSettings>(stream, Json);
        }
        catch (JsonException exception)
        {
            throw new DistributedApplicationException($"Failed to get effective launch profile for project resource '{project.Name}'. There is malformed JSON in '{path}': {exception.Message}", exception);
        }
    }
}
