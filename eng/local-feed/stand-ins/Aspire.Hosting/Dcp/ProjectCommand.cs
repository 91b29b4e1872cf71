namespace Aspire.Hosting.Dcp;

/// <summary>The command line that runs a project.</summary>
/// <param name="Path">The program.</param>
/// <param name="Arguments">Its arguments before those of the application.</param>
internal sealed record ProjectCommand(string Path, IReadOnlyList<string> Arguments)
{
    /// <summary>
    /// Runs what the project's build made (<c>dotnet bin/Debug/net10.0/X.dll</c>), which starts faster and stops more surely than <c>dotnet run</c>; when the
    /// output cannot be told for sure, <c>dotnet run --project</c>.
    /// </summary>
    /// <param name="configuration">The build configuration of the AppHost, which built its projects in the same one; null = Debug.</param>
    public static ProjectCommand For(IProjectMetadata project, string? configuration)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";
        if (FindOutput(project.ProjectPath, configuration ?? "Debug") is { } assembly)
        {
            return new ProjectCommand(dotnet, [assembly]);
        }

        List<string> arguments = ["run", "--project", project.ProjectPath, "--no-launch-profile"];
        if (configuration is not null)
        {
            arguments.AddRange(["--configuration", configuration]);
        }

        return new ProjectCommand(dotnet, [.. arguments, "--"]);
    }

    /// <returns>The one runnable assembly below <c>bin/{configuration}</c> that is the project's; null when there is none or more than one.</returns>
    private static string? FindOutput(string projectPath, string configuration)
    {
        var name = System.IO.Path.GetFileNameWithoutExtension(projectPath);
        var output = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(projectPath)!, "bin", configuration);
        if (!Directory.Exists(output))
        {
            return null;
        }

        const string Mark = ".runtimeconfig.json";
        var runnable = Directory.EnumerateFiles(output, "*" + Mark, new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
            .Select(file => file[..^Mark.Length] + ".dll")
            .Where(File.Exists)
            .ToArray();
        var own = Array.FindAll(runnable, file => IsNamed(System.IO.Path.GetFileNameWithoutExtension(file), name));
        return own.Length == 1 ? own[0] : runnable.Length == 1 ? runnable[0] : null;
    }

    private static bool IsNamed(string assembly, string project) =>
        assembly.Equals(project, StringComparison.OrdinalIgnoreCase) || assembly.EndsWith("." + project, StringComparison.OrdinalIgnoreCase);
}
